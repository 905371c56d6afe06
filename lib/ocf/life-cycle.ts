import { runCommand } from '../host/command.ts'
import { monitor } from './actions/monitor.ts'
import { reloadAgent } from './actions/reload.ts'
import { start } from './actions/start.ts'
import { stop } from './actions/stop.ts'
import { validateAll } from './actions/validate.ts'
import type { Action, Agent } from './agent.ts'
import { countFailure, type DampedOutcome } from './damping.ts'
import type { Deadline } from './deadline.ts'
import { ActionFailure, ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import type { Outcome } from './outcome.ts'
import { ParameterError } from './parameter.ts'
import { forgivingReader, strictReader } from './read-settings.ts'
import type { Report } from './report.ts'
import type { Run } from './run.ts'
import { StateFile } from './state-file.ts'
import { WorkInFlight } from './work-in-flight.ts'

const actions = {
  start,
  stop,
  monitor,
  'validate-all': validateAll,
  'reload-agent': reloadAgent,
} as const

type ActionName = keyof typeof actions

/** Actions that take parameters seriously: a wrong one is an error here, and only here. */
const strict: readonly ActionName[] = ['start', 'validate-all', 'reload-agent']

export function isAction(name: string): name is ActionName {
  return Object.hasOwn(actions, name)
}

/** What a running action has started and must not leave behind when its time is up. */
export interface Begun<Settings> {
  readonly outcome: Promise<Outcome>
  readonly file: StateFile
  abandon(): void
  /** Undefined while its parameters have not been read. */
  action(): Action<Settings> | undefined
}

/** Begins one action; its outcome never rejects. Exit codes as the OCF table in docs/exit-codes.md. */
export function begin<Settings>(
  name: ActionName,
  agent: Agent<Settings>,
  invocation: Invocation,
  deadline: Deadline,
  report: Report,
): Begun<Settings> {
  const file = new StateFile(invocation.agent, invocation.instance)
  const work = new WorkInFlight(file)
  let action: Action<Settings> | undefined
  const run = (): Promise<Outcome> => {
    const state = file.read()
    if (file.complaint !== undefined) report.warn(file.complaint)
    const read = strict.includes(name) ? strictReader(invocation) : forgivingReader(invocation, state)
    action = {
      invocation,
      settings: agent.settings(read),
      deadline,
      report,
      recorded: file.section(),
      work,
      countFailure: (key: string, outcome: DampedOutcome, threshold: number) =>
        countFailure(file, key, outcome, threshold),
      run: runCommand,
    }
    const whole: Run<Settings> = { agent, action, file }
    return actions[name](whole)
  }
  return {
    outcome: Promise.resolve()
      .then(run)
      .catch((cause: unknown) => explain(name, cause, invocation, file)),
    file,
    abandon: () => work.abandon(),
    action: () => action,
  }
}

function explain(name: ActionName, cause: unknown, invocation: Invocation, file: StateFile): Outcome {
  if (cause instanceof ParameterError) {
    if (strict.includes(name)) return { code: ExitCode.configured, reason: cause.message }
    // Without this parameter nothing can have been started here, unless a start is on record.
    if (!file.read().active) return { code: name === 'stop' ? ExitCode.success : ExitCode.notRunning }
    return { code: ExitCode.generic, reason: cause.message }
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof ActionFailure ? cause.code : ExitCode.generic
  // What a stricter code means for start or validate-all, it must not mean for what already runs.
  const kept = strict.includes(name) && code !== ExitCode.notRunning && code !== ExitCode.degraded
  return {
    code: kept ? code : ExitCode.generic,
    reason: invocation.debug ? String(cause instanceof Error ? cause.stack : cause) : reason,
  }
}
