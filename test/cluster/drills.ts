import { beforeAll, expect, test } from 'vitest'
import { bringPodman } from './podman.ts'
import { bringSsh } from './real-ssh.ts'
import type { StackCluster } from './stack-cluster.ts'

const PATIENCE_MS = 400_000

const UNIT = '[Service]\\nExecStart=/usr/bin/python3 -m http.server 9000\\n'
const LAMP = 'primitive p_lamp systemd:lamp op monitor interval=5s timeout=20s\n'
const CAM = `primitive p_cam ocf:heartbeat:docker \\
  params image=haha/standin:1 name=cam run_opts="--network host -e STANDIN_PORT=9100 -e STANDIN_HEARTBEAT=/tmp/cam" \\
  op start timeout=90s interval=0 op stop timeout=90s interval=0 op monitor interval=5s timeout=30s
location l_cam p_cam resource-discovery=never -inf: n3
`

const POD = `primitive p_pod ocf:heartbeat:podman \\
  params image=docker.io/haha/standin:1 name=pod run_opts="--network host -e STANDIN_PORT=9200 -e STANDIN_HEARTBEAT=/tmp/pod" \\
  op start timeout=90s interval=0 op stop timeout=90s interval=0 op monitor interval=5s timeout=30s
location l_pod p_pod resource-discovery=never -inf: n3
`

/** Every drill beyond the move, each minutes long, on a cluster that others have brought up. */
export function drillTests(stackOf: () => StackCluster): void {
  beforeAll(() => bringSsh(stackOf()))

  /** Runs a drill on the third node, which loses nothing. */
  const drill = async (words: string) => {
    const before = await stackOf().settled()
    const command = `haha-drill --yes --json /root/drill.json ${words}`
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

  test('cut-power --by-hand: the plug is pulled when the drill says so, and it counts from the first sign', async () => {
    const stack = stackOf()
    const { active, standby } = await stack.settled()
    const drilled = stack.run('n3', 'haha-drill --yes --by-hand cut-power >/root/hand.log 2>&1', PATIENCE_MS)
    drilled.catch(() => undefined)
    await stack.until('the drill tells to pull the plug', async () =>
      (await stack.run('n3', 'cat /root/hand.log')).includes(`TAKE THE POWER OF ${active} AWAY NOW`),
    )
    await stack.cluster.power(active).off()
    await drilled
    const told = await stack.run('n3', 'cat /root/hand.log')
    expect(told).toContain(`the power of ${active} was cut by hand: first sign of it`)
    expect(told).toMatch(/^every service answered again$/m)
    expect((await stack.settled()).active).toBe(standby)
  })

  test.each([
    ['a unit of systemd', 'p_lamp', 9000, LAMP],
    ['a container of ocf:heartbeat:docker', 'p_cam', 9100, CAM],
    ['a container of ocf:heartbeat:podman', 'p_pod', 9200, POD],
  ])('kill-app: %s dies, and the cluster starts it again', async (_what, id, port, configuration) => {
    const stack = stackOf()
    for (const worker of stack.cluster.plan.workers)
      await stack.run(worker, `printf '${UNIT}' >/etc/systemd/system/lamp.service; systemctl daemon-reload`)
    if (id === 'p_pod') await bringPodman(stack)
    await stack.cluster.load(`${configuration}colocation c_${id} inf: ${id} g_house\n`)
    try {
      await stack.until(`${id} runs`, ({ resources }) =>
        resources.some(one => one.id === id && one.active && !one.failed),
      )
      const services = `--services lamp=http://${stack.cluster.vip}:${port}/`
      const { record } = await drill(`${services} kill-app ${id}`)
      expect(record).toMatchObject({ kind: 'kill-app', resource: id, ok: true })
      expect(record).toMatchObject({ outages: [{ service: 'lamp' }] })
      expect(await stack.fenced()).toEqual([])
    } finally {
      await stack.run(
        'n1',
        `crm resource stop ${id}; crm_resource --wait; crm configure delete c_${id} ${id}`,
      )
    }
  })

  test('a drill that would take the node on which it runs is refused', async () => {
    const { active } = await stackOf().settled()
    const { exitCode, stderr } = await stackOf().cluster.exec(active, ['haha-drill', '--yes', 'fence'])
    expect(stderr).toContain(`${active} is the node this runs on`)
    expect(exitCode).toBe(3)
    expect(await stackOf().fenced()).toEqual([])
  })
}
