import { pause, sinceBootMs } from '../../host/clock.ts'
import { takeInstanceLock } from '../../host/instance-lock.ts'
import type { Observation } from '../agent.ts'
import { depthFor } from '../definition.ts'
import { ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'
import type { Outcome } from '../outcome.ts'
import { recordable } from '../read-settings.ts'
import type { Run } from '../run.ts'
import { checkEverything } from './validate.ts'

/** Share of the budget that a start spends on finding out what is there before it gives up. */
const findOutShare = 0.3

/**
 * Look, act, look until running. Answers 0 only after every required probe has really passed once, and
 * never 7 or 190: to Pacemaker both would be failures of another meaning.
 */
export async function start<Settings>(run: Run<Settings>): Promise<Outcome> {
  const { action, agent, file } = run
  const problem = await checkEverything(run)
  if (problem !== undefined) return problem

  const lock = await takeInstanceLock(lockOf(action.invocation), action.deadline.budgetMs * findOutShare)
  if (lock === undefined) {
    return {
      code: ExitCode.generic,
      reason: 'another start or stop of this resource is at work, by hand? wait for its end',
    }
  }
  const survivors = await action.work.endProcesses(500)
  if (survivors[0] !== undefined) {
    const { purpose, pid } = survivors[0]
    return {
      code: ExitCode.generic,
      reason: `${purpose} of an earlier start (pid ${pid}) does not die: reboot this node`,
    }
  }
  let observation = await lookUntilKnown(run)
  if (observation.state === 'unknown') return { code: ExitCode.generic, reason: observation.reason }
  if (observation.state === 'running' || observation.state === 'degraded') {
    file.update(state => (state.active ? state : { ...state, ...beginning(run) }))
    return { code: ExitCode.success }
  }
  file.update(state => ({ ...state, ...beginning(run), damping: {}, degraded: {} }))
  await agent.start(action)
  for (;;) {
    observation = await look(run)
    if (observation.state === 'running') return { code: ExitCode.success }
    if (observation.state === 'degraded') {
      for (const fault of observation.faults) action.report.warn(`started, degraded: ${fault.reason}`)
      return { code: ExitCode.success }
    }
    if (observation.state === 'failed' && observation.hopeless === true) {
      return { code: ExitCode.generic, reason: observation.reason }
    }
    action.deadline.waitFor(observation.state === 'stopped' ? 'anything of it to run' : observation.reason)
    await pause(pollMs(action.deadline.elapsedMs()))
  }
}

/** One start or stop of an instance at a time, whoever runs it; the kernel frees the lock of a dead one. */
export function lockOf({ agent, instance }: Invocation): string {
  return `${agent}-${instance}`
}

function look<Settings>(run: Run<Settings>): Promise<Observation> {
  return run.agent.look(run.action, {
    depth: depthFor(run.agent.definition, run.action.invocation.checkLevel),
    purpose: 'start',
  })
}

async function lookUntilKnown<Settings>(run: Run<Settings>): Promise<Observation> {
  for (;;) {
    const observation = await look(run)
    if (observation.state !== 'unknown') return observation
    if (run.action.deadline.remainingOfShareMs(findOutShare) === 0) return observation
    run.action.deadline.waitFor(observation.reason)
    await pause(500)
  }
}

function beginning<Settings>(run: Run<Settings>) {
  return {
    active: true,
    startedAtMs: sinceBootMs(),
    startTimeoutMs: run.action.deadline.timeoutMs,
    parameters: recordable(run.agent.definition, run.action.invocation),
  }
}

/** Quick at first, so that a quick start is not held up; slower for what takes minutes. */
export function pollMs(elapsedMs: number): number {
  return Math.min(1000, Math.max(100, elapsedMs / 20))
}
