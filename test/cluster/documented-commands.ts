import { expect, test } from 'vitest'
import { LOOKS } from '../conformance/documentation/command-coverage.ts'
import type { StackCluster } from './stack-cluster.ts'

/** What stands for something of one's own, as it is here. */
const HERE: readonly (readonly [word: RegExp, here: string])[] = [
  [/<node>|\bnode1\b/g, 'n1'],
  [/haha-<resource>-<key>/g, 'haha-p_stack-extra'],
  [/<resource>/g, 'g_house'],
  [/<container>/g, '$(docker ps -q | head -n 1)'],
  [/<path>/g, '/mnt/iot'],
  [/\bNAME\b/g, 'radio'],
]

/** Everything that the pages tell an operator to type to look at his cluster, typed on the active node. */
export function documentedCommandTests(stackOf: () => StackCluster): void {
  // One test for all: what stands around each test takes longer than a look.
  test('answers, every one of those that only look', async () => {
    const { active } = await stackOf().settled()
    const wrong: string[] = []
    for (const { command, fine = [] } of LOOKS) {
      const typed = HERE.reduce((text, [word, here]) => text.replaceAll(word, here), command)
      const { exitCode, stdout, stderr } = await stackOf().cluster.exec(active, ['bash', '-c', typed])
      const said = `${stdout}${stderr}`
      const isUnknown = exitCode === 0 && /command not found|unknown option|usage:/i.test(said)
      if (![0, ...fine].includes(exitCode) || isUnknown)
        wrong.push(`${command} ended with ${exitCode}: ${said.slice(0, 200)}`)
    }
    expect(wrong).toEqual([])
  }, 400_000)
}
