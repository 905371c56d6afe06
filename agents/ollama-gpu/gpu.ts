import type { Action, DegradedReason } from '../../lib/ocf/agent.ts'
import { driverFault, gpuOf, readDriver } from './driver.ts'
import { fatalXid, readKernelLog, xidReason } from './kernel-log.ts'
import type { Settings } from './parameters.ts'
import { askSmi } from './smi.ts'
import { rememberXid, toldXid } from './told-xid.ts'

/** What is wrong with the GPU by what can be asked without using it. */
export interface GpuState {
  /** Why no model can run on it. */
  readonly broken: string | undefined
  readonly faults: readonly DegradedReason[]
}

/** Driver, kernel log and, if configured, nvidia-smi. */
export async function lookAtGpu(action: Action<Settings>): Promise<GpuState> {
  const { settings, invocation } = action
  if (settings.gpuCheck === 'none') return { broken: undefined, faults: [] }
  const driver = readDriver()
  const fault = driverFault(driver, settings.gpuUuid)
  if (fault !== undefined) return { broken: fault, faults: [] }
  if (driver.kind === 'loaded') {
    // On a machine with several GPUs another one's end is no matter.
    const own = gpuOf(driver.gpus, settings.gpuUuid)?.bus ?? ''
    const records = readKernelLog().filter(({ text }) => own === '' || text.includes(own.slice(0, -2)))
    const xid = fatalXid(records, settings.fatalXids, toldXid(invocation))
    if (xid !== undefined) {
      // Only what bans the node counts as told: a monitor's failure leads to a start, which says it again.
      if (invocation.action === 'start') rememberXid(invocation, xid.sequence)
      return { broken: xidReason(xid), faults: [] }
    }
  }
  if (settings.gpuCheck !== 'smi') return { broken: undefined, faults: [] }
  action.deadline.waitFor('nvidia-smi')
  const answer = await askSmi(action)
  if (answer.kind === 'broken') return { broken: answer.reason, faults: [] }
  const faults = answer.kind === 'fine' ? [] : [{ key: 'nvidia_smi', reason: answer.reason }]
  return { broken: undefined, faults }
}

/** What an operator does when the cure was taken: the node stays banned until then. */
export function cleanupHint({ invocation }: Action<Settings>): string {
  const node = invocation.node === undefined ? '' : ` ${invocation.node}`
  return `then: crm resource cleanup ${invocation.instance}${node}`
}
