import { isObject, itemsAt, type Json, numberAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import type { Cluster } from '../../scripts/lab/cluster.ts'
import type { NodeName } from '../../scripts/lab/plan.ts'

/** What the installed haha-doctor said on a node. */
export interface DoctorReport {
  readonly exitCode: number
  /** `critical stonith-disabled: stonith-enabled is false...` */
  readonly findings: readonly string[]
  /** `DRBD: no answer` */
  readonly gaps: readonly string[]
}

/** Runs it as an operator would, and reads its JSON. @throws when it wrote something else */
export async function askDoctor(cluster: Cluster, node: NodeName): Promise<DoctorReport> {
  const { exitCode, stdout, stderr } = await cluster.exec(node, ['/usr/sbin/haha-doctor', '--json'])
  const json = parseJson(stdout)
  if (!isObject(json) || numberAt(json, 'exitCode') !== exitCode)
    throw new Error(`haha-doctor on ${node} ended with ${exitCode} and wrote: ${stderr}${stdout}`)
  const text = (item: Json, name: string) => stringAt(item, name) ?? ''
  return {
    exitCode,
    findings: itemsAt(json, 'findings').map(
      one => `${text(one, 'severity')} ${text(one, 'rule')}: ${text(one, 'seen')}`,
    ),
    gaps: itemsAt(json, 'gaps').map(one => `${text(one, 'what')}: ${text(one, 'why')}`),
  }
}
