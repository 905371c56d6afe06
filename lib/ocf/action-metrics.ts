import { pause, sinceBootMs } from '../host/clock.ts'
import { isSameProcess, type RecordedProcess } from '../host/processes.ts'
import { readText, writeAtomically } from '../host/small-file.ts'
import { metricsDirectory } from '../metrics/directory.ts'
import { expositionText } from '../metrics/exposition.ts'
import { complaintOf, handOver, metricsFolder } from '../metrics/textfile.ts'
import {
  type ActionEnd,
  type ActionHistory,
  afterAction,
  historyOf,
  historyToJson,
} from './action-history.ts'
import { resourceSamples } from './action-samples.ts'
import type { Agent } from './agent.ts'
import type { Deadline } from './deadline.ts'
import { depthFor } from './definition.ts'
import { ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { parseJson } from './json.ts'
import type { Begun } from './life-cycle.ts'
import { nodeSettings } from './node-settings.ts'
import type { Outcome } from './outcome.ts'
import type { Report } from './report.ts'

/** What was run, and how it ended. */
export interface Told<Settings> {
  readonly agent: Agent<Settings>
  readonly invocation: Invocation
  readonly begun: Pick<Begun<Settings>, 'action' | 'file'>
  readonly outcome: Outcome
  readonly deadline: Pick<Deadline, 'elapsedMs'>
  readonly report: Pick<Report, 'warn' | 'info'>
}

/** How long an action that is the last word on a resource waits for the copy before it. */
const predecessorMs = 1000

/** A copy that takes longer than this is told. */
const slowCopyMs = 60_000

/**
 * Writes what an action ended with to the folder of node_exporter's textfile collector; nothing of it can
 * change the action's result. What is wrong with the folder is said once.
 *
 * @throws Error when /run cannot be written
 */
export async function tellAction<Settings>(told: Told<Settings>): Promise<void> {
  const directory = metricsDirectory(nodeSettings)
  if (directory === undefined) return
  const { invocation, begun, report } = told
  const { agent, instance: resource } = invocation
  const end = endOf(told)
  const name = `haha_${agent}_${resource}`
  const path = `${metricsFolder}/${name}.json`
  const known = readText(path)
  const before = historyOf(parseJson(known ?? ''))
  const after = afterAction(before, end)
  const samples = resourceSamples(after, begun.file.read(), await ownSamples(told))
  const unfinished = await unfinishedCopy(before, end)
  const busy = unfinished !== undefined && !isLastWord(end)
  const complaint = complaintOf(name)
  const text = expositionText(samples, { agent, resource })
  const handed = busy
    ? undefined
    : await handOver(directory, name, text, { first: known === undefined, unfinished })
  const wrong = typeof handed === 'string' ? handed : wrongSoFar(before, unfinished, directory, complaint)
  if (wrong !== undefined && wrong !== before.said) report.warn(wrong)
  if (wrong === undefined && before.said !== undefined)
    report.info(`metrics are written to ${directory} again`)
  const copy = busy
    ? before.copy
    : typeof handed === 'object'
      ? { ...handed, atMs: sinceBootMs() }
      : undefined
  writeAtomically(path, `${JSON.stringify(historyToJson({ ...after, copy, said: wrong }))}\n`)
}

function endOf<Settings>({ agent, invocation, outcome, deadline }: Told<Settings>): ActionEnd {
  const { action, isProbe, checkLevel, intervalMs, timeoutMs } = invocation
  return {
    action: isProbe ? 'probe' : action,
    depth: action === 'monitor' ? depthFor(agent.definition, checkLevel) : 0,
    code: outcome.code,
    durationMs: Math.round(deadline.elapsedMs()),
    timeoutMs,
    intervalMs,
    atMs: Date.now(),
  }
}

/** Of what is watched: a probe, a stop and what never came to its look have nothing to tell. */
async function ownSamples<Settings>({ agent, invocation, begun, outcome }: Told<Settings>) {
  const action = begun.action()
  const isWatched = invocation.intervalMs !== undefined && outcome.code !== ExitCode.notRunning
  return action === undefined || !isWatched ? [] : ((await agent.samples?.(action)) ?? [])
}

/** A monitor may not follow for long or at all. */
function isLastWord({ action }: ActionEnd): boolean {
  return action === 'start' || action === 'stop'
}

/** Start and stop give the copy before theirs a moment; a monitor leaves its figures to the next one. */
async function unfinishedCopy({ copy }: ActionHistory, end: ActionEnd): Promise<RecordedProcess | undefined> {
  const until = sinceBootMs() + (isLastWord(end) ? patienceMs(end) : 0)
  while (copy !== undefined && isSameProcess(copy)) {
    if (sinceBootMs() >= until) return copy
    await pause(50)
  }
  return undefined
}

function patienceMs({ durationMs, timeoutMs }: ActionEnd): number {
  return Math.min(predecessorMs, (timeoutMs - durationMs) / 4)
}

/** What became of the copy before this one: each action can only tell of the one that it finds. */
function wrongSoFar(
  { copy, said }: ActionHistory,
  unfinished: RecordedProcess | undefined,
  directory: string,
  complaint: string | undefined,
): string | undefined {
  if (unfinished === undefined)
    return complaint === undefined
      ? undefined
      : `metrics are not written to ${directory}, what lies there is old: ${complaint}`
  return sinceBootMs() - (copy?.atMs ?? 0) < slowCopyMs
    ? said
    : `metrics are not written to ${directory}: it gives no answer`
}
