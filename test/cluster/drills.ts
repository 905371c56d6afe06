import { afterAll, beforeAll, expect, test } from 'vitest'
import { PlayedSsh } from './played-ssh.ts'
import type { StackCluster } from './stack-cluster.ts'

const PATIENCE_MS = 400_000

/** Every drill beyond the move, each minutes long, on a cluster that others have brought up. */
export function drillTests(stackOf: () => StackCluster): void {
  let ssh: PlayedSsh
  beforeAll(async () => {
    ssh = await PlayedSsh.start(stackOf().cluster)
  })
  afterAll(() => ssh?.stop())

  /** Runs a drill on the third node, which loses nothing. */
  const drill = async (words: string) => {
    const before = await stackOf().settled()
    const command = `haha-drill --yes --ssh ${ssh.command} --json /root/drill.json ${words}`
    const told = await stackOf().run('n3', command, PATIENCE_MS)
    expect(told).toMatch(/^every service answered again$/m)
    const record: unknown = JSON.parse(await stackOf().run('n3', 'cat /root/drill.json'))
    return { before, told, record, after: await stackOf().settled() }
  }

  test.each(['kill-app', 'kill-engine'])('%s: noticed and mended, nobody is fenced', async kind => {
    const { record } = await drill(kind)
    expect(record).toMatchObject({ kind, ok: true, failures: [] })
    expect(await stackOf().fenced()).toEqual([])
  })

  test.each(['fence', 'cut-power', 'cut-network'])(
    '%s: the stack runs on the other node, and the node that was lost is back',
    async kind => {
      const { before, after, record, told } = await drill(kind)
      expect(record).toMatchObject({ kind, ok: true, node: before.active, failures: [] })
      expect(record).toMatchObject({
        figuresSeconds: { fencing: expect.any(Number), takeOver: expect.any(Number) },
      })
      expect(told).toContain(`${before.active} is back in the cluster`)
      expect(after.active).toBe(before.standby)
      expect(await stackOf().fenced()).toContain(before.active)
    },
  )

  test('a drill that would take the node on which it runs is refused', async () => {
    const { active } = await stackOf().settled()
    const { exitCode, stderr } = await stackOf().cluster.exec(active, ['haha-drill', '--yes', 'fence'])
    expect(stderr).toContain(`${active} is the node this runs on`)
    expect(exitCode).toBe(3)
    expect(await stackOf().fenced()).toEqual([])
  })
}
