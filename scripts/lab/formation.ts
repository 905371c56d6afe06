import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterState, parseClusterState } from './cluster-state.ts'
import { execInside } from './inside.ts'
import { nodePid1 } from './machine.ts'
import type { ClusterPlace } from './place.ts'
import { type ClusterPlan, type NodeName, nodesOf } from './plan.ts'
import { plugOf } from './plug.ts'

const CRM_MON = ['crm_mon', '--one-shot', '--inactive', '--output-as=xml']
const FORMED_MS = 90_000

/** @throws when Pacemaker on that node does not answer */
export async function clusterState(place: ClusterPlace, node: NodeName): Promise<ClusterState> {
  const { exitCode, stdout, stderr } = await execInside(place, node, CRM_MON, { timeoutMs: 10_000 })
  if (exitCode !== 0)
    throw new Error(`crm_mon on ${node} answers ${exitCode}: ${firstLine(stderr || stdout)}`)
  return parseClusterState(stdout)
}

/** @throws with the first line of crmsh's complaint */
export async function loadConfiguration(place: ClusterPlace, node: NodeName, crmText: string): Promise<void> {
  const file = '/run/lab-load.crm'
  await execInside(place, node, ['tee', file], { input: crmText })
  const load = ['crm', '-D', 'plain', 'configure', 'load', 'update', file]
  const { exitCode, stdout, stderr } = await execInside(place, node, load)
  // crmsh reports some errors and exits 0.
  const said = `${stdout}\n${stderr}`
  const complaint = said.split('\n').find(line => /error:/i.test(line))
  if (exitCode !== 0 || complaint !== undefined)
    throw new Error(`crm configure load on ${node}: ${complaint ?? firstLine(said)}`)
}

/** @throws when it takes longer, with what stands in the way */
export async function waitFormed(
  place: ClusterPlace,
  plan: ClusterPlan,
  timeoutMs: number = FORMED_MS,
): Promise<void> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const lack = await whatLacks(place, plan)
    if (lack === undefined) return
    if (Date.now() > end) throw new Error(`cluster ${plan.name} did not form in ${timeoutMs} ms: ${lack}`)
    await sleep(250)
  }
}

async function whatLacks(place: ClusterPlace, plan: ClusterPlan): Promise<string | undefined> {
  const expected: NodeName[] = []
  for (const node of nodesOf(plan)) {
    if ((await plugOf(place, node).status()) === 'on') expected.push(node)
  }
  for (const node of expected) {
    if (nodePid1(place, node) === undefined) return `${node} does not run`
    const state = await clusterState(place, node).catch((error: Error) => error.message)
    if (typeof state === 'string') return state
    if (!state.quorum) return `${node} sees no quorum`
    if (state.dc === undefined) return `${node} sees no DC`
    const online = state.nodes.filter(one => one.online && !one.unclean).map(one => one.name)
    const absent = expected.filter(one => !online.includes(one))
    if (absent.length > 0) return `${node} does not see ${absent.join(', ')} online`
  }
  return undefined
}

const firstLine = (text: string): string => (text.trim().split('\n')[0] ?? '').slice(0, 160)
