import { monotonicMs } from './clock.ts'
import {
  allProcesses,
  isSameProcess,
  kernelText,
  processStartTime,
  processStat,
  processState,
  type RecordedProcess,
} from './processes.ts'

export interface EndOptions {
  /** Between SIGTERM and SIGKILL; 0 kills at once. */
  readonly graceMs: number
  /** How long to wait for the end after SIGKILL, 2 s unless told. */
  readonly killMs?: number
  /**
   * It was started as the leader of a session (`detached`): whatever is left of that is ended too, even
   * when the leader is gone already. Only for what this agent started, and recorded so, itself.
   */
  readonly leader?: boolean
}

/** What became of a recorded process. `alive` is proved: it outlived SIGKILL. */
export type EndOutcome =
  | { readonly state: 'gone' }
  | {
      readonly state: 'alive'
      readonly pid: number
      /** In D state: the kernel waits for a device or a server, and no signal reaches it. */
      readonly uninterruptible: boolean
      /** Kernel function it waits in, for the operator. */
      readonly waitsIn: string | undefined
    }

/**
 * Ends one recorded process, and with it its group and session if it leads them: SIGTERM, after
 * `graceMs` SIGKILL, then a look. A process that merely got the pid later is never touched.
 */
export async function endProcess(recorded: RecordedProcess, options: EndOptions): Promise<EndOutcome> {
  if (!(recorded.pid > 1) || recorded.pid === process.pid)
    throw new Error(
      `refusing to end process ${recorded.pid}: no agent ever starts a work process of this pid`,
    )
  const leads = isSameProcess(recorded) ? isLeader(recorded.pid) : options.leader === true
  const living = () => membersOf(recorded, leads)
  if (options.graceMs > 0) {
    for (const member of living()) signal(member, 'SIGTERM')
    if (await gone(living, options.graceMs)) return { state: 'gone' }
  }
  // Killed anew at every look: a member may have started another one meanwhile.
  const killed = () => {
    const left = living()
    for (const member of left) signal(member, 'SIGKILL')
    return left
  }
  if (await gone(killed, options.killMs ?? 2000)) return { state: 'gone' }
  const left = living()
  const stuck = left.find(member => processState(member.pid) === 'D') ?? left[0]
  if (stuck === undefined) return { state: 'gone' }
  return {
    state: 'alive',
    pid: stuck.pid,
    uninterruptible: processState(stuck.pid) === 'D',
    waitsIn: waitChannel(stuck.pid),
  }
}

function isLeader(pid: number): boolean {
  const stat = processStat(pid)
  return stat?.group === pid || stat?.session === pid
}

function membersOf(recorded: RecordedProcess, leads: boolean): readonly RecordedProcess[] {
  const { pid, startTime } = recorded
  const now = processStartTime(pid)
  // The kernel gives the pid away only after the last member of its group and session is gone.
  const group = leads && (now === undefined || now === startTime)
  const members = group
    ? allProcesses().filter(
        other =>
          other.pid !== process.pid &&
          other.startTime >= startTime &&
          (other.group === pid || other.session === pid),
      )
    : []
  return [recorded, ...members.filter(other => other.pid !== pid)].filter(isSameProcess)
}

/** Looks until nothing is left or the time is out. */
async function gone(look: () => readonly RecordedProcess[], withinMs: number): Promise<boolean> {
  const end = monotonicMs() + withinMs
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    if (look().length === 0) return true
    const left = end - monotonicMs()
    if (left <= 0) return false
    await new Promise(resolve => setTimeout(resolve, Math.min(pauseMs, left)))
  }
}

function signal(target: RecordedProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!isSameProcess(target)) return
  try {
    process.kill(target.pid, name)
  } catch {
    // Gone between the look and the signal, or not ours to end: the next look tells.
  }
}

function waitChannel(pid: number): string | undefined {
  const name = kernelText(`/proc/${pid}/wchan`).trim()
  return name === '' || name === '0' ? undefined : name
}
