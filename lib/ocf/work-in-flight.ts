import { type CommandOptions, type CommandResult, runCommand } from '../host/command.ts'
import { endProcess } from '../host/end-process.ts'
import { isSameProcess, processStartTime } from '../host/processes.ts'
import type { State, StateFile, WorkEntry } from './state-file.ts'

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

  /**
   * Runs a command that changes something: its pid is on record before its first instruction. It leads a
   * session of its own, so that whoever ends it later also ends what it started (`docker compose` works
   * in a child of docker), even when the command itself is dead by then.
   */
  async command(
    purpose: string,
    binary: string,
    args: readonly string[],
    options: Omit<CommandOptions, 'onSpawned' | 'detached'>,
  ): Promise<CommandResult> {
    const id = this.newId()
    const result = await runCommand(binary, args, {
      ...options,
      detached: true,
      onSpawned: pid => this.record({ id, purpose, pid, startTime: processStartTime(pid) ?? 0, leads: true }),
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
    this.record(this.ownEntry(id, purpose))
    const answer = await request()
    this.forget(id)
    return answer
  }

  /**
   * Like {@link request}, for what only ends or disarms something: should it be carried out late, it
   * does no harm, so its entry goes however it settles, and a full /run does not keep it from being sent.
   */
  async ending<T>(purpose: string, request: () => Promise<T>): Promise<T> {
    const entry = this.ownEntry(this.newId(), purpose)
    this.state.tryUpdate(state => ({ ...state, work: [...state.work, entry] }))
    try {
      return await request()
    } finally {
      this.state.tryUpdate(state => without(state, entry.id))
    }
  }

  /** What earlier actions (or this one) began and nobody saw the end of. */
  unfinished(): readonly WorkEntry[] {
    return this.state.read().work
  }

  /**
   * Ends every recorded process but this one. Entries stay until a stop has seen that nothing is
   * left: a request that was taken by a daemon does not end with its sender.
   *
   * @returns those that SIGKILL did not end
   */
  async endProcesses(graceMs: number): Promise<readonly WorkEntry[]> {
    const others = this.unfinished().filter(
      entry => entry.pid > 1 && entry.pid !== process.pid && (entry.leads || isSameProcess(entry)),
    )
    const ends = await Promise.all(others.map(entry => endProcess(entry, { graceMs, leader: entry.leads })))
    return others.filter((_, index) => ends[index]?.state !== 'gone')
  }

  /** Ends this action's own children at once, without waiting; for an action that runs out of time. */
  abandon(): void {
    for (const entry of this.unfinished()) {
      if (entry.pid === process.pid || !entry.id.startsWith(`${process.pid}.`) || !isSameProcess(entry))
        continue
      try {
        process.kill(entry.leads ? -entry.pid : entry.pid, 'SIGKILL')
      } catch {
        // It went by itself.
      }
    }
  }

  private ownEntry(id: string, purpose: string): WorkEntry {
    return { id, purpose, pid: process.pid, startTime: processStartTime(process.pid) ?? 0, leads: false }
  }

  private newId(): string {
    return `${process.pid}.${this.nextId++}`
  }

  private record(entry: WorkEntry): void {
    this.state.update(state => ({ ...state, work: [...state.work, entry] }))
  }

  private forget(id: string): void {
    this.state.update(state => without(state, id))
  }
}

function without(state: State, id: string): State {
  return state.work.some(entry => entry.id === id)
    ? { ...state, work: state.work.filter(entry => entry.id !== id) }
    : state
}
