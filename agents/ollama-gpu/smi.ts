import { CommandMissing } from '../../lib/host/command.ts'
import { isSameProcess, processStartTime } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import type { Settings } from './parameters.ts'
import { changeRecord, readRecord } from './record.ts'

/** `broken`: no model can run on this GPU. `doubtful`: the answer says little; what runs may well run on. */
export type SmiAnswer =
  | { readonly kind: 'fine' }
  | { readonly kind: 'broken' | 'doubtful'; readonly reason: string }

/** Exit codes after which no CUDA program works, with their meaning and cure (man nvidia-smi). */
const broken: Readonly<Record<number, string>> = {
  6: 'the GPU was not found: restart the machine',
  8: 'a power cable of the GPU is missing or loose',
  9: 'no NVIDIA driver is loaded: modprobe nvidia, or restart the machine',
  15: 'the GPU has fallen off the bus: restart the machine',
}

/** Exit codes that say that nvidia-smi itself has a problem. */
const doubtful: Readonly<Record<number, string>> = {
  4: 'it lacks permission',
  12: 'the NVML library is missing: apt install libnvidia-ml1',
  13: 'restart after the driver update',
}

/**
 * Asks nvidia-smi within its own time limit. One in uninterruptible sleep survives its end: it is on record,
 * and no second one is started beside it.
 */
export async function askSmi(action: Action<Settings>): Promise<SmiAnswer> {
  const { settings, recorded, run } = action
  const stuck = readRecord(recorded).stuckSmi
  if (stuck !== undefined && isSameProcess(stuck))
    return { kind: 'doubtful', reason: `nvidia-smi pid ${stuck.pid} still hangs: restart the machine` }
  try {
    const wish = ['--query-gpu=uuid', '--format=csv,noheader']
    const { code, timedOut, pid, stdout } = await run('nvidia-smi', wish, {
      timeoutMs: settings.smiTimeoutMs,
    })
    const startTime = timedOut && pid !== undefined ? processStartTime(pid) : undefined
    changeRecord(recorded, {
      stuckSmi: pid === undefined || startTime === undefined ? undefined : { pid, startTime },
    })
    if (timedOut) {
      const limit = `${settings.smiTimeoutMs / 1000} s`
      return {
        kind: 'doubtful',
        reason: `nvidia-smi hangs (no answer within ${limit}): the driver may be stuck`,
      }
    }
    return code === 0 ? lists(stdout, settings.gpuUuid) : meaning(action, code ?? 255, stdout)
  } catch (cause) {
    if (!(cause instanceof CommandMissing)) throw cause
    return { kind: 'doubtful', reason: 'gpu_check=smi, and nvidia-smi is not installed on this node' }
  }
}

function lists(stdout: string, uuid: string | undefined): SmiAnswer {
  if (uuid === undefined || uuid.startsWith('MIG-') || stdout.toLowerCase().includes(uuid.toLowerCase()))
    return { kind: 'fine' }
  return { kind: 'broken', reason: `nvidia-smi lacks ${uuid}: restart the machine` }
}

/** Its errors stand on stdout. What is broken leaves the reason to the cure, and its words to the log. */
function meaning({ report }: Action<Settings>, code: number, stdout: string): SmiAnswer {
  const words = oneLine(stdout.split('\n').find(line => line.trim() !== '') ?? '', 60)
  const known = broken[code]
  if (known !== undefined) {
    if (words !== '') report.warn(`nvidia-smi said: ${words}`)
    return { kind: 'broken', reason: `nvidia-smi ${code}: ${known}` }
  }
  const said = words === '' ? '' : ` (${words})`
  return { kind: 'doubtful', reason: `nvidia-smi ${code}: ${doubtful[code] ?? 'it failed'}${said}` }
}
