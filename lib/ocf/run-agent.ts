import { existsSync } from 'node:fs'
import { alarmIn } from '../host/alarm.ts'
import { ownStartAgoMs } from '../host/processes.ts'
import type { Agent } from './agent.ts'
import { startDeadline } from './deadline.ts'
import { recordDuration } from './durations.ts'
import { ExitCode } from './exit-codes.ts'
import { readInvocation } from './invocation.ts'
import { begin, isAction } from './life-cycle.ts'
import { nodeSettings } from './node-settings.ts'
import type { Outcome } from './outcome.ts'
import { openReport } from './report.ts'

/**
 * Runs the action named by argv and exits. Nothing else in an agent touches argv, environment, exit or
 * the process's own streams; only meta-data is answered before, by the bundle.
 *
 * @param leaving called with the exit code, before an action that was done exits
 */
export async function runAgent<Settings>(
  agent: Agent<Settings>,
  leaving: (code: number) => void,
): Promise<void> {
  const name = process.argv[2] ?? ''
  leaveStderrUnopened()
  const invocation = readInvocation(agent.definition, name, process.env)
  const report = openReport(invocation)
  if (name === 'notify') process.exit(ExitCode.success)
  if (!isAction(name)) {
    report.exitReason(
      `${invocation.agent} has no action '${name}': start, stop, monitor, validate-all, reload-agent, meta-data`,
    )
    process.exit(ExitCode.unimplemented)
  }
  // What an agent forgot to catch is told in one line as well, not as a stack trace.
  process.on('uncaughtException', cause => {
    report.exitReason(`${name} broke unexpectedly: ${cause.message}`)
    process.exit(ExitCode.generic)
  })
  const deadline = startDeadline(name, invocation.timeoutMs, ownStartAgoMs())
  const begun = begin(name, agent, invocation, deadline, report)
  const expired = new Promise<Outcome>(resolve => {
    alarmIn(deadline.remainingMs(), () => {
      begun.abandon()
      resolve({ code: ExitCode.generic, reason: deadline.reason() })
    })
  })
  const outcome = await Promise.race([begun.outcome, expired])
  if (outcome.code !== ExitCode.success && outcome.code !== ExitCode.notRunning) {
    const reason = outcome.reason ?? `${name} failed`
    if (outcome.code === ExitCode.degraded || invocation.isProbe) report.debug(reason)
    else report.error(reason)
    report.exitReason(reason)
  }
  const warning = recordDuration(
    invocation.agent,
    invocation.instance,
    name,
    deadline.elapsedMs(),
    invocation.timeoutMs,
  )
  if (warning !== undefined) report.warn(warning)
  if (invocation.underPacemaker && existsSync(nodeSettings)) {
    // Not in the bundle, but beside it: a monitor without metrics does not read it.
    await import('./action-metrics.ts')
      .then(({ tellAction }) => tellAction({ agent, invocation, begun, outcome, deadline, report }))
      .catch((cause: unknown) => report.warn(`no metrics: ${cause}`))
  }
  await report.flush()
  leaving(outcome.code)
  leave(outcome.code)
}

/** process.exit less its event, which nobody here listens to: what tells it has to be compiled first. */
function leave(code: number): never {
  const exit: unknown = Reflect.get(process, 'reallyExit')
  if (typeof exit === 'function') Reflect.apply(exit, process, [code])
  process.exit(code)
}

/**
 * Every socket compares itself with process.stderr when it is closed, and reading that opens a stream:
 * 2 ms of every monitor. Agents write to descriptor 2 themselves, so nobody misses it.
 */
function leaveStderrUnopened(): void {
  Object.defineProperty(process, 'stderr', { value: undefined, configurable: true })
}
