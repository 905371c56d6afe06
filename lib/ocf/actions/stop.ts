import { pause } from '../../host/clock.ts'
import { takeInstanceLock } from '../../host/instance-lock.ts'
import type { Observation } from '../agent.ts'
import { forgetDegraded } from '../degraded.ts'
import { ExitCode } from '../exit-codes.ts'
import type { Outcome } from '../outcome.ts'
import type { Run } from '../run.ts'
import { lockOf, pollMs } from './start.ts'

/** Share of the budget for a graceful stop; force has the rest. */
const gracefulShare = 0.6

/** A stop does not wait long for anybody: what it must end may be what holds the lock. */
const lockMs = 1000

/** The shortest time force is left with, when the budget allows it. */
const forceMs = 15_000

/** What is remembered of something that is not there any more. */
const atRest = { active: false, work: [], damping: {}, degraded: {}, record: undefined } as const

/**
 * Work in flight first, then look, act, look, force, look. Answers 0 only after a look that found
 * nothing; fails, which fences the node, only when something is left that could do harm.
 */
export async function stop<Settings>(run: Run<Settings>): Promise<Outcome> {
  const { action, agent } = run
  const { deadline, report } = action
  await action.work.endProcesses(1000)
  // Whatever is wrong with the lock, it is no reason to fence a node.
  const lock = await takeInstanceLock(lockOf(action.invocation), lockMs).catch(() => undefined)
  if (lock === undefined) {
    report.warn('another start or stop of this resource is at work, by hand? stopping all the same')
  }
  let observation = await look(run)
  if (observation.state !== 'stopped') {
    const gracefulMs =
      Math.max(deadline.budgetMs * gracefulShare, deadline.budgetMs - forceMs) - deadline.elapsedMs()
    deadline.waitFor('a graceful stop')
    const ended = await within(gracefulMs, agent.stop(action))
    if (ended !== undefined) report.warn(`graceful stop: ${ended}; using force`)
    observation = await look(run)
  }
  while (observation.state !== 'stopped') {
    const reason =
      observation.state === 'running' || observation.state === 'degraded'
        ? 'it still runs'
        : observation.reason
    deadline.waitFor(`the end: ${reason}`)
    const ended = await within(deadline.remainingMs(), agent.forceStop(action))
    if (ended !== undefined) report.warn(`forced stop: ${ended}`)
    observation = await look(run)
    if (observation.state !== 'stopped') await pause(pollMs(deadline.elapsedMs()))
  }
  const survivors = await action.work.endProcesses(0)
  if (survivors[0] !== undefined) {
    const { purpose, pid } = survivors[0]
    return {
      code: ExitCode.generic,
      reason: `${purpose} (pid ${pid}) survives SIGKILL and may still change something`,
    }
  }
  await within(deadline.remainingMs() / 2, forgetDegraded(action.invocation, run.file))
  const unwritten = run.file.tryUpdate(state => ({ ...state, ...atRest }))
  run.file.sweep()
  if (unwritten !== undefined) report.warn(`stopped, which could not be recorded: ${unwritten}`)
  return { code: ExitCode.success }
}

function look<Settings>(run: Run<Settings>): Promise<Observation> {
  return run.agent.look(run.action, { depth: 0, purpose: 'stop' })
}

/** Gives a step its time; its failure must not keep force from being used. */
async function within(ms: number, step: Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`not done within ${Math.round(ms / 1000)} s`), Math.max(0, ms))
  })
  const done = step.then(
    () => undefined,
    (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
  )
  const ended = await Promise.race([done, tooLate])
  clearTimeout(timer)
  return ended
}
