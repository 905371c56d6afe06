import { expect, test } from 'vitest'
import { LOOKS } from '../conformance/documentation/looks.ts'
import type { StackCluster } from './stack-cluster.ts'

/** What stands for something of one's own, as it is here. */
const HERE: readonly (readonly [word: RegExp, here: string])[] = [
  [/<node>|\bnode1\b/g, 'n1'],
  [/haha-<resource>-<key>/g, 'haha-p_stack-extra'],
  [/<resource>/g, 'g_house'],
  [/<container>/g, '$(docker ps -q | head -n 1)'],
  [/<path>/g, '/mnt/iot'],
  [/\bNAME\b/g, 'radio'],
  [/<pid>/g, '$(pidof dockerd)'],
  [/\bPEER\b/g, 'n3'],
]

/** Said by a tool that does not know what it was asked. */
const UNKNOWN =
  /command not found|unknown option|unrecognized option|invalid option|failed to parse|^usage:|\nusage:/i

/** Everything that the pages tell an operator to type to look at his cluster, typed where it belongs. */
export function documentedCommandTests(stackOf: () => StackCluster): void {
  // One test for all: what stands around each test takes longer than a look.
  test('answers, every one of those that only look', async () => {
    const { active, standby } = await stackOf().settled()
    const wrong: string[] = []
    for (const { command, typed = command, on, fine = [] } of LOOKS) {
      const here = HERE.reduce((text, [word, own]) => text.replaceAll(word, own), typed)
      const node = on === 'standby' ? standby : active
      const { exitCode, stdout, stderr } = await stackOf().cluster.exec(node, ['bash', '-c', here])
      const said = `${stdout}${stderr}`
      if (![0, ...fine].includes(exitCode) || UNKNOWN.test(said))
        wrong.push(`${command} ended with ${exitCode}: ${said.slice(0, 200)}`)
    }
    expect(wrong).toEqual([])
  }, 400_000)
}
