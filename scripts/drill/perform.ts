import { pause } from '../../lib/host/clock.ts'
import type { Act, DrillStage } from './act.ts'
import { type Answer, lastIndex } from './answers.ts'
import { startAsking } from './asking.ts'
import { followCluster } from './follow-cluster.ts'
import { Interrupted } from './interrupt.ts'
import { memberIds } from './look-around.ts'
import type { Moment } from './moments.ts'
import { Notes } from './notes.ts'
import { oneLine } from './one-line.ts'
import { measureOutage } from './outage.ts'
import { clusterMoments, type Evidence, phasesOf } from './phases.ts'
import { liveWords, showProgress } from './progress.ts'
import type { DrillRecord } from './record.ts'
import type { Situation } from './refusals.ts'
import { wordingOf } from './seen-changes.ts'
import type { WatchedService } from './services.ts'
import { isReady } from './settled.ts'
import { UndoList, type Undone } from './undo-list.ts'
import { DidNotHappen, until } from './waiting.ts'
import { wording } from './wording.ts'

/** How long every service must be given to answer before anything is done. */
const BEFORE_MS = 5_000
/** The last lines of the log come a moment after what they tell. */
const SETTLE_MS = 500
/** A resource that goes back once its constraint is gone does so at once. */
const AFTER_UNDO_MS = 3_000
/** A machine that was fenced boots within this time. */
const RETURN_MS = 300_000

/** What a drill needs beside its act. */
export interface Performance {
  readonly situation: Situation
  readonly services: readonly WatchedService[]
  readonly act: Act
  readonly limitSeconds: number
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  /** Rejects when the drill is to end early. */
  readonly interrupted: Promise<never>
}

/** A drill that was not begun, because its services did not answer before it. */
export class NotBegun extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotBegun'
  }
}

/**
 * Makes the fault, watches until every service answers again, and takes back what was done, however it ends.
 *
 * @returns the record; `interruptedBy` tells that it is one of a drill that was ended early
 * @throws NotBegun when a service does not answer before anything was done
 */
export async function perform(source: Performance): Promise<{
  readonly record: DrillRecord
  readonly interruptedBy: Interrupted | undefined
}> {
  const { situation, services, act, interrupted } = source
  const { aim } = situation
  const names = services.map(({ name }) => name)
  const asking = startAsking(services, tellChanges)
  const progress = showProgress(() => liveWords(names, asking.newest), source.write, source.isTerminal)
  const states = new Map<string, boolean>()
  const said = new Set<string>()
  const members = memberIds(aim)
  const follow = followCluster(situation.picture, situation.here, aim.resource, event => {
    const what = 'seen' in event ? wordingOf(event.seen) : wording(event.logged, members)
    if (what === undefined || said.has(what)) return
    said.add(what)
    progress.say(what)
  })
  const undos = new UndoList()
  const notes = new Notes(progress)
  let interruptedBy: Interrupted | undefined
  let ending = false
  let recovered = false
  let beganMs = 0
  let making: Promise<void> | undefined
  let endMs: number | undefined
  let undone: readonly Undone[] = []
  const evidence = (): Evidence => ({
    ...{ kind: situation.kind, node: aim.node, members, faultMs: notes.faultMs },
    ...{ logged: follow.logged, seen: follow.seen },
  })
  const noticed = () =>
    phasesOf(evidence()).detectedMs !== undefined ||
    asking.answers.some(answer => !answer.ok && answer.sentMs >= notes.faultMs)
  const stage: DrillStage = {
    undos,
    fault: (what, atMs) => notes.fault(what, atMs),
    note: what => notes.note(what),
    check: (text, ok) => notes.check(text, ok),
    noticed: () => notes.isMade && noticed(),
    firstSign,
    isEnding: () => ending,
  }
  const run = async (): Promise<void> => {
    await until('every service answers', () => asking.steady(Date.now() - 2_000), BEFORE_MS).catch(() => {
      const silent = names.filter(name => asking.newest(name)?.ok !== true)
      throw new NotBegun(`no steady answer from ${silent.join(', ') || names.join(', ')}; nothing was done`)
    })
    if (ending) return
    beganMs = Date.now()
    making = act.make(stage)
    await making
    const view = () => ({
      picture: follow.picture(),
      sinceFaultMs: Date.now() - notes.faultMs,
      noticed: noticed(),
    })
    await until(
      `${aim.resource} runs as it ought to and every service answers`,
      () => act.isOver(view()) && asking.steady(Math.max(notes.faultMs, lastMissMs(asking.answers))),
      source.limitSeconds * 1000,
    )
    await pause(SETTLE_MS)
    recovered = true
  }
  try {
    await Promise.race([run(), interrupted])
  } catch (error) {
    if (error instanceof NotBegun || making === undefined) throw error
    if (error instanceof Interrupted) interruptedBy = error
    notes.check(error instanceof DidNotHappen ? error.message : oneLine(error), false)
  } finally {
    endMs = Date.now()
    ending = true
    // What is half done when it is interrupted would be done after it was taken back.
    await making?.catch(() => undefined)
    undone = await undos.run()
    for (const { what, failure } of undone)
      progress.say(failure === undefined ? `undone: ${what}` : `NOT UNDONE: ${what}: ${failure}`)
    if (recovered) await Promise.race([watchAfter(), interrupted.catch(() => undefined)])
    progress.stop()
    asking.stop()
    await follow.stop()
  }
  const outages = names.flatMap(
    name => measureOutage(asking.answers, name, notes.faultMs - 1_000, endMs ?? 0) ?? [],
  )
  const faultEvidence = evidence()
  const clientMoments = outages.flatMap(({ service, fromMs, toMs }): Moment[] => [
    { atMs: fromMs, what: `${service} answers for the last time`, source: 'client' },
    ...(toMs === undefined
      ? []
      : [{ atMs: toMs, what: `${service} answers again`, source: 'client' as const }]),
  ])
  const record: DrillRecord = {
    ...{ kind: situation.kind, resource: aim.resource, node: aim.node },
    ...{ fault: notes.what, faultMs: notes.faultMs, endMs: endMs ?? Date.now() },
    phases: phasesOf(faultEvidence),
    moments: [...notes.moments, ...clusterMoments(faultEvidence), ...clientMoments],
    ...{ services, outages, checks: notes.checks, undone },
  }
  return { record, interruptedBy }

  function tellChanges({ service, ok }: Answer): void {
    const now = asking.newest(service)?.ok ?? ok
    if (states.get(service) === now) return
    if (states.has(service)) progress.say(`${service} ${now ? 'answers' : 'does not answer'}`)
    states.set(service, now)
  }

  function firstSign(): number | undefined {
    const miss = asking.answers.find(answer => !answer.ok && answer.sentMs >= beganMs)?.sentMs
    const lost = follow.seen.find(
      event =>
        (event.kind === 'lost' || event.kind === 'unclean') &&
        event.node === aim.node &&
        event.atMs >= beganMs,
    )?.atMs
    return miss === undefined || lost === undefined ? (miss ?? lost) : Math.min(miss, lost)
  }

  /** A drill ends with the redundancy it began with. */
  async function awaitReturn(node: string): Promise<void> {
    const isBack = () => isReady(follow.picture(), node)
    await until(`${node} is back`, isBack, RETURN_MS).catch(() => undefined)
    notes.check(
      isBack()
        ? `${node} is back in the cluster`
        : `${node} is not back in the cluster after ${RETURN_MS / 1000} s: start it by hand (does Pacemaker start at boot?)`,
      isBack(),
    )
  }

  /** What comes of taking it back counts, too, and is told apart: it is no part of the fault. */
  async function watchAfter(): Promise<void> {
    const fromMs = Date.now()
    if (act.returns !== undefined) await awaitReturn(act.returns)
    await pause(AFTER_UNDO_MS)
    const missed = names.filter(name =>
      asking.answers.some(answer => answer.service === name && !answer.ok && answer.sentMs >= fromMs),
    )
    const places = follow.picture().resources.filter(({ top }) => top === aim.resource)
    notes.note(
      `${aim.resource} is on ${[...new Set(places.flatMap(({ nodes }) => nodes))].join(', ') || 'no node'}`,
    )
    if (missed.length > 0)
      notes.note(
        `${missed.join(', ')} missed an answer afterwards: does the resource move back by its scores?`,
      )
  }
}

/** When the newest question without an answer was asked; 0: none. */
function lastMissMs(answers: readonly Answer[]): number {
  return answers[lastIndex(answers, one => !one.ok)]?.sentMs ?? 0
}
