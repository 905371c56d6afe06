import type { Action, DegradedReason } from '../../lib/ocf/agent.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
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

/** Pacemaker keeps so much of an exit reason (EXIT_REASON_MAX_LEN of its services library). */
const keptCharacters = 128

/** A reason with what the operator does once the cure was taken: the node stays banned until then. */
export function withCleanup({ invocation }: Action<Settings>, reason: string): string {
  const node = invocation.node === undefined ? '' : ` ${invocation.node}`
  const cleanup = `; then crm resource cleanup ${invocation.instance}${node}`
  return `${oneLine(reason, Math.max(60, keptCharacters - cleanup.length))}${cleanup}`
}
