import type { Answer } from '../drill/answers.ts'
import type { Check, Moment, Phases } from '../drill/moments.ts'
import { type MeasuredOutage, measureOutage } from '../drill/outage.ts'
import type { ToldDrill } from '../drill/read-record.ts'
import { DidNotHappen } from '../drill/waiting.ts'
import { HOUSE_SERVICES, type HouseService } from '../house/services.ts'
import { type FloorPart, judgePowerCut } from './floor.ts'
import { type Evidence, momentsBetween } from './reading.ts'
import type { Stage } from './stage.ts'
import type { StepKey, StepRecord } from './step-record.ts'

/** What a step is, before it runs. */
export interface StepPlan {
  readonly key: StepKey
  readonly title: string
  /**
   * What no outage can be shorter than: a restart in place, a start, or a start after the loss of a node;
   * `none`: the house is not away.
   */
  readonly floor: 'restart' | 'start' | 'node lost and start' | 'none'
  /** Whether each outage is held against the rule for a power cut. */
  readonly judged: boolean
  /** Makes the fault, waits for what must follow, and looks whether it was right. */
  run(stage: Stage, draft: StepDraft): Promise<void>
}

/** What a step notes down while it runs. */
export class StepDraft {
  faultMs = Date.now()
  fault = ''
  phases: Phases = {}
  readonly checks: Check[] = []
  readonly moments: Moment[] = []
  /** What this step alone has beside the house, and the answers to whoever asks it. */
  readonly guests: { readonly service: string; readonly answers: readonly Answer[] }[] = []
  /** Of the house, as haha-drill measured them; undefined: the client outside measured the step. */
  drilled: readonly MeasuredOutage[] | undefined
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Called just before the fault is made; all times of the step count from here. */
  makeFault(what: string, atMs = Date.now()): number {
    this.faultMs = atMs
    this.fault = what
    this.#stage.narrator.countFrom(atMs)
    this.moments.push({ atMs, what, source: 'demo' })
    this.#stage.narrator.say(what)
    return atMs
  }

  /** Takes over what haha-drill made and measured. */
  takeDrill({ fault, faultMs, moments, outages }: ToldDrill): void {
    Object.assign(this, { faultMs, fault, drilled: outages })
    this.moments.push(...moments.filter(({ source }) => source === 'drill'))
    this.#stage.narrator.countFrom(faultMs)
  }

  /** Something the demo itself did. */
  note(what: string): void {
    this.moments.push({ atMs: Date.now(), what, source: 'demo' })
    this.#stage.narrator.say(what)
  }

  check(text: string, ok: boolean): void {
    this.checks.push({ text, ok })
    this.#stage.narrator.say(`${ok ? 'ok' : 'FAILED'}: ${text}`)
  }
}

/** @returns the record; `complete` is false when something did not happen, and no later step can be shown */
export async function performStep(
  stage: Stage,
  plan: StepPlan,
): Promise<{ readonly record: StepRecord; readonly complete: boolean }> {
  stage.narrator.chapter(`(${plan.key}) ${plan.title}`)
  const draft = new StepDraft(stage)
  let complete = true
  try {
    await plan.run(stage, draft)
  } catch (error) {
    if (!(error instanceof DidNotHappen)) throw error
    draft.check(error.message, false)
    complete = false
  }
  return { record: await finish(stage, plan, draft), complete }
}

async function finish(stage: Stage, plan: StepPlan, draft: StepDraft): Promise<StepRecord> {
  const endMs = Date.now()
  const { faultMs, fault, phases } = draft
  const house = HOUSE_SERVICES.map(service => ({ service, answers: stage.client.answers }))
  const asked = draft.drilled === undefined ? [...house, ...draft.guests] : draft.guests
  const outages = [
    ...(draft.drilled ?? []),
    ...asked.flatMap(({ service, answers }) => measureOutage(answers, service, faultMs, endMs) ?? []),
  ]
  const floors = new Map(
    plan.floor === 'none' ? [] : HOUSE_SERVICES.map(service => [service, floorParts(stage, plan, service)]),
  )
  const { fencingAskedMs, fencedMs } = phases
  const fencing =
    fencingAskedMs === undefined || fencedMs === undefined ? 0 : (fencedMs - fencingAskedMs) / 1000
  const rulings = plan.judged ? judgePowerCut(outages, stage.membershipSeconds, fencing, stage.ownStart) : []
  const told = momentsBetween(await evidenceOf(stage), outages, faultMs, endMs)
  return {
    ...{ key: plan.key, title: plan.title, fault, faultMs, endMs, phases },
    moments: [...draft.moments, ...told],
    ...{ outages, floors, rulings, checks: draft.checks },
  }
}

function floorParts(stage: Stage, plan: StepPlan, service: HouseService): FloorPart[] {
  if (plan.floor === 'restart') return [{ what: 'own restart', seconds: stage.ownRestart }]
  const start = { what: 'own start', seconds: stage.ownStart.get(service) ?? 0 }
  if (plan.floor === 'start') return [start]
  return [{ what: 'token + consensus', seconds: stage.membershipSeconds }, start]
}

/** All that was recorded so far. */
export async function evidenceOf({ cluster, logs, watcher }: Stage): Promise<Evidence> {
  const power = await Promise.all(cluster.nodes.map(node => cluster.power(node).log()))
  return { events: logs.events, presences: watcher.log.all, power: power.flat() }
}
