import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askDoctor } from './doctor-report.ts'
import { packageOfNextVersion, removeNextPackage } from './next-version.ts'
import { StackCluster } from './stack-cluster.ts'
import { MONITOR_SECONDS } from './stack-files.ts'

let stack: StackCluster

beforeAll(async () => {
  stack = await StackCluster.up({ name: 'everyday' })
})
afterAll(async () => {
  await removeNextPackage()
  await stack?.down()
})
beforeEach(() => stack.mark())
afterEach(async () => {
  stack.expectNeverTwice()
  await stack.restore()
})

/** Result of the probe of the stack by node, from the cluster's own history. */
async function probeResults(): Promise<ReadonlyMap<string, string>> {
  const xml = await stack.run('n1', 'cibadmin --query --scope status')
  const results = new Map<string, string>()
  for (const [, name = '', history = ''] of xml.matchAll(
    /<node_state [^>]*uname="([^"]+)"(.*?)<\/node_state>/gs,
  )) {
    const own = /<lrm_resource id="p_stack"(.*?)<\/lrm_resource>/s.exec(history)?.[1] ?? ''
    for (const [line] of own.matchAll(/<lrm_rsc_op [^>]*>/g)) {
      const isProbe = line.includes('operation="monitor"') && line.includes('interval="0"')
      const code = /rc-code="(\d+)"/.exec(line)?.[1]
      if (isProbe && code !== undefined) results.set(name, code)
    }
  }
  return results
}

test('haha-doctor finds nothing critical, on any node', async () => {
  await stack.settled()
  for (const node of stack.cluster.nodes) {
    const { exitCode, findings } = await askDoctor(stack.cluster, node)
    expect(findings.filter(line => line.startsWith('critical'))).toEqual([])
    expect(exitCode).toBeOneOf([0, 1])
  }
})

test('probes find the stack where it runs, nothing on the other worker, and nothing on an arbiter without Docker', async () => {
  const { active, standby, containers } = await stack.settled()
  // A probe that is under way stands in the history with a code of its own.
  const refresh = 'crm_resource --refresh --resource p_stack && crm_resource --wait --timeout=90s'
  await stack.run('n1', refresh, 120_000)
  const after = await stack.settled()
  expect(after).toEqual({ active, standby, containers })
  const results = await probeResults()
  expect(Object.fromEntries(results)).toEqual({ [active]: '0', [standby]: '7', n3: '7' })
  expect(await stack.fenced()).toEqual([])
})

describe('the operator', () => {
  test('moves the stack', async () => {
    const { active, standby } = await stack.settled()
    await stack.run('n1', `crm resource move g_house ${standby}`)
    await stack.until('the stack is moved', state =>
      state.resources.some(({ id, nodes }) => id === 'p_stack' && nodes.join() === standby),
    )
    expect(await stack.settled()).toMatchObject({ active: standby, standby: active })
    expect(await stack.fenced()).toEqual([])
  })

  test('rehearses the move: the drill says how long the stack was away, and clears its constraint', async () => {
    const { active, standby } = await stack.settled()
    await stack.run('n3', 'echo METRICS_DIRECTORY=/root >/etc/default/resource-agents-haha')
    const told = await stack.run('n3', 'haha-drill --yes --json /root/drill.json move', 240_000)
    expect(told).toContain(`on n3: crm_resource --move --resource g_house --node ${standby}`)
    expect(told).toMatch(/^every service answered again$/m)
    expect((await stack.settled()).active).toBe(standby)
    expect(await stack.run('n3', 'cibadmin --query --scope constraints')).not.toContain('cli-')
    const record: unknown = JSON.parse(await stack.run('n3', 'cat /root/drill.json'))
    expect(record).toMatchObject({ ok: true, kind: 'move', resource: 'g_house', node: active, failures: [] })
    expect(await stack.run('n3', 'cat /root/haha_drill.prom')).toMatch(
      /^haha_drill_outage_seconds\{kind="move",resource="g_house",service="app"\} [\d.]+$/m,
    )
    expect(await stack.fenced()).toEqual([])
  })

  test('puts the active node on standby, and it comes back without the stack', async () => {
    const { active, standby } = await stack.settled()
    await stack.run('n1', `crm node standby ${active}`)
    await stack.until('the stack has left', state =>
      state.resources.some(({ id, nodes }) => id === 'p_stack' && nodes.join() === standby),
    )
    await stack.run('n1', `crm node online ${active}`)
    expect(await stack.settled()).toMatchObject({ active: standby })
    expect(await stack.fenced()).toEqual([])
  })

  test('works in maintenance mode, and nothing is repaired behind his back', async () => {
    const { active, containers } = await stack.settled()
    await stack.run('n1', 'crm configure property maintenance-mode=true')
    const app = (await stack.run(active, 'docker ps -q -f label=com.docker.compose.service=app')).trim()
    await stack.run(active, `docker kill ${app}`)
    await pause((MONITOR_SECONDS * 2 + 2) * 1000)
    expect(await stack.run(active, `docker inspect -f '{{.State.Status}}' ${app}`)).toBe('exited')
    expect(stack.running().map(one => one.service)).not.toContain('app')
    await stack.run('n1', 'crm configure property maintenance-mode=false')
    const after = await stack.settled()
    expect(after.active).toBe(active)
    expect(after.containers).toHaveLength(containers.length)
    expect(await stack.fenced()).toEqual([])
  })

  test('has the stack unmanaged: monitors go on, and no service is restarted in place', async () => {
    const { active } = await stack.settled()
    await stack.run('n1', 'crm resource unmanage g_house')
    await stack.until('the stack is unmanaged', state =>
      state.resources.some(({ id, managed }) => id === 'p_stack' && !managed),
    )
    const app = (await stack.run(active, 'docker ps -q -f label=com.docker.compose.service=app')).trim()
    await stack.run(active, `docker kill ${app}`)
    await stack.until('the failure is told', state => state.failures.some(line => line.includes('app')))
    await pause(MONITOR_SECONDS * 1000)
    expect(await stack.run(active, `docker inspect -f '{{.State.Status}}' ${app}`)).toBe('exited')
    await stack.run('n1', 'crm resource manage g_house && crm_resource --wait')
    await stack.run('n1', 'crm_resource --cleanup')
    expect((await stack.settled()).active).toBe(active)
    expect(await stack.fenced()).toEqual([])
  })

  test('restarts the stack', async () => {
    const { containers } = await stack.settled()
    await stack.run('n1', 'crm resource restart g_house', 120_000)
    const after = await stack.settled()
    expect(await stack.fenced()).toEqual([])
    expect(after.containers.filter(id => containers.includes(id))).toEqual([])
  })

  test('refreshes the stack while the dockerd of the standby hangs, and nothing moves', async () => {
    const before = await stack.settled()
    await stack.run(before.standby, 'kill -STOP $(pidof dockerd)')
    await stack.run('n1', 'crm_resource --refresh --resource p_stack')
    await pause(15_000)
    const after = await stack.settled()
    expect(after).toEqual(before)
    expect(await stack.fenced()).toEqual([])
  })

  test('deletes the compose file: the stack is still watched, and a stop really stops it', async () => {
    const before = await stack.settled()
    stack.deleteYaml()
    await pause(MONITOR_SECONDS * 2000)
    expect(await stack.settled()).toEqual(before)
    await stack.run('n1', 'crm resource stop g_house')
    await stack.until('nothing runs', () => stack.running().length === 0)
    expect(await stack.fenced()).toEqual([])
  })

  test('upgrades the package under the running stack, and nothing is disturbed', async () => {
    const before = await stack.settled()
    const { file, version } = await packageOfNextVersion()
    await stack.cluster.put(before.active, file, '/root/next.deb')
    await stack.run(
      before.active,
      'DEBIAN_FRONTEND=noninteractive apt-get install -y /root/next.deb',
      120_000,
    )
    const installed = await stack.run(before.active, 'dpkg-query -W resource-agents-haha')
    expect(installed.trim().split('\t')[1]).toBe(version)
    await pause(MONITOR_SECONDS * 2000)
    expect(await stack.settled()).toEqual(before)
    expect(await stack.fenced()).toEqual([])
  })

  test('cannot remove the package from the node on which the stack runs', async () => {
    const before = await stack.settled()
    const { exitCode, stderr, stdout } = await stack.cluster.exec(before.active, [
      'apt-get',
      'remove',
      '-y',
      'resource-agents-haha',
    ])
    expect(exitCode).not.toBe(0)
    expect(`${stdout}${stderr}`).toContain('p_stack')
    expect(await stack.settled()).toEqual(before)
  })

  test('stops the cluster on every node and starts it again', async () => {
    const { containers } = await stack.settled()
    for (const node of stack.cluster.nodes)
      await stack.run(node, 'systemctl stop pacemaker corosync', 120_000)
    expect(stack.running()).toEqual([])
    for (const node of stack.cluster.nodes) await stack.run(node, 'systemctl start corosync pacemaker')
    const after = await stack.settled()
    expect(after.containers.filter(id => containers.includes(id))).toEqual([])
    expect(await stack.fenced()).toEqual([])
  })
})
