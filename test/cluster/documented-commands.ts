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
  test.each(LOOKS)('answers: $command', async ({ command, fine = [] }) => {
    const { active } = await stackOf().settled()
    const typed = HERE.reduce((text, [word, here]) => text.replaceAll(word, here), command)
    const { exitCode, stdout, stderr } = await stackOf().cluster.exec(active, ['bash', '-c', typed])
    expect([0, ...fine], `${stdout}${stderr}`).toContain(exitCode)
    if (exitCode === 0) expect(`${stdout}${stderr}`).not.toMatch(/command not found|unknown option|usage:/i)
  })
}
