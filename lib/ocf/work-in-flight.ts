import { type CommandOptions, type CommandResult, runCommand } from '../host/command.ts'
import { endProcess } from '../host/end-process.ts'
import { isSameProcess, processStartTime } from '../host/processes.ts'
import type { StateFile, WorkEntry } from './state-file.ts'

/**
 * Mutations that may outlive the action that began them: a child that changes something, a request a
 * daemon has taken. Each is in the state file before it begins. An entry that is still there in a
 * later action was never seen to end: its child may run, its request may still be queued.
 */
export class WorkInFlight {
  private readonly state: StateFile
  private nextId = 1

  constructor(state: StateFile) {
    this.state = state
  }

  /** Runs a command that changes something: its pid is on record before its first instruction. */
  async command(
    purpose: string,
    binary: string,
    args: readonly string[],
    options: Omit<CommandOptions, 'onSpawned'>,
  ): Promise<CommandResult> {
    const id = this.newId()
    const result = await runCommand(binary, args, {
      ...options,
      onSpawned: pid => this.record({ id, purpose, pid, startTime: processStartTime(pid) ?? 0 }),
    })
    // A child that had to be killed may have left requests queued in a daemon: its entry stays.
    if (!result.timedOut) this.forget(id)
    return result
  }

  /**
   * Sends a daemon something that changes state. The entry goes once `request` has settled with an
   * answer; it stays when `request` throws, because a daemon that did not answer may still act on it.
   */
  async request<T>(purpose: string, request: () => Promise<T>): Promise<T> {
    const id = this.newId()
    this.record({ id, purpose, pid: process.pid, startTime: processStartTime(process.pid) ?? 0 })
    const answer = await request()
    this.forget(id)
    return answer
  }

  /**
   * Like {@link request}, for what only ends or disarms something: should it be carried out late, it
   * does no harm, so its entry goes however it settles.
   */
  async ending<T>(purpose: string, request: () => Promise<T>): Promise<T> {
    const id = this.newId()
    this.record({ id, purpose, pid: process.pid, startTime: processStartTime(process.pid) ?? 0 })
    try {
      return await request()
    } finally {
      this.forget(id)
    }
  }

  /** What earlier actions (or this one) began and nobody saw the end of. */
  unfinished(): readonly WorkEntry[] {
    return this.state.read().work
  }

  /**
   * Ends every recorded process but this one. Entries stay until {@link settle}: a request that was
   * taken by a daemon does not end with its sender.
   *
   * @returns those that SIGKILL did not end
   */
  async endProcesses(graceMs: number): Promise<readonly WorkEntry[]> {
    const others = this.unfinished().filter(entry => entry.pid !== process.pid && isSameProcess(entry))
    const ends = await Promise.all(others.map(entry => endProcess(entry, { graceMs })))
    return others.filter((_, index) => ends[index]?.state !== 'gone')
  }

  /** Says that nothing of what is on record can have an effect any more. */
  settle(): void {
    this.state.update(state => (state.work.length === 0 ? state : { ...state, work: [] }))
  }

  /** Ends this action's own children at once, without waiting; for an action that runs out of time. */
  abandon(): void {
    for (const entry of this.unfinished()) {
      if (entry.pid === process.pid || !entry.id.startsWith(`${process.pid}.`) || !isSameProcess(entry))
        continue
      try {
        process.kill(entry.pid, 'SIGKILL')
      } catch {
        // It went by itself.
      }
    }
  }

  private newId(): string {
    return `${process.pid}.${this.nextId++}`
  }

  private record(entry: WorkEntry): void {
    this.state.update(state => ({ ...state, work: [...state.work, entry] }))
  }

  private forget(id: string): void {
    this.state.update(state => ({ ...state, work: state.work.filter(entry => entry.id !== id) }))
  }
}
