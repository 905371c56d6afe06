import { at, itemsAt, type Json, numberAt, objectAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import { type Figures, figuresOf, lengthOf } from './figures.ts'
import { type DrillKind, KINDS } from './kinds.ts'
import type { Check, Moment, Phases } from './moments.ts'
import type { MeasuredOutage } from './outage.ts'
import type { WatchedService } from './services.ts'
import type { Undone } from './undo-list.ts'

/** One drill, as it went. Times are milliseconds since the epoch. */
export interface DrillRecord {
  readonly kind: DrillKind
  readonly resource: string
  /** Where it was. */
  readonly node: string
  /** What was done, and when. */
  readonly fault: string
  readonly faultMs: number
  readonly endMs: number
  readonly phases: Phases
  readonly moments: readonly Moment[]
  readonly services: readonly WatchedService[]
  readonly outages: readonly MeasuredOutage[]
  readonly checks: readonly Check[]
  readonly undone: readonly Undone[]
}

/** What is known of an earlier drill, or of one just done. */
export interface DrillSummary {
  readonly kind: DrillKind
  readonly resource: string
  readonly faultMs: number
  readonly ok: boolean
  readonly figures: Figures
  /** Seconds that each service was away; Infinity: for good. */
  readonly outages: ReadonlyMap<string, number>
}

/** Everything that went wrong, one line each; none means success. */
export function failuresOf({ checks, outages, undone }: DrillRecord): string[] {
  return [
    ...checks.filter(({ ok }) => !ok).map(({ text }) => text),
    ...outages
      .filter(({ toMs }) => toMs === undefined)
      .map(({ service }) => `${service} did not answer again`),
    ...undone.flatMap(({ what, failure }) =>
      failure === undefined ? [] : [`not undone: ${what} (${failure})`],
    ),
  ]
}

export function summaryOf(record: DrillRecord): DrillSummary {
  const { kind, resource, faultMs, outages } = record
  return {
    ...{ kind, resource, faultMs },
    ok: failuresOf(record).length === 0,
    figures: figuresOf(record),
    outages: new Map(outages.map(outage => [outage.service, lengthOf(outage)])),
  }
}

/** The record as a file: seconds where people read, milliseconds since the epoch where programs do. */
export function recordJson(record: DrillRecord): string {
  const { ok, figures, outages } = summaryOf(record)
  const away = Object.fromEntries([...outages].map(([service, length]) => [service, finite(length)]))
  const document = {
    version: 1,
    at: new Date(record.faultMs).toISOString(),
    ok,
    failures: failuresOf(record),
    figuresSeconds: { ...figures, outage: finite(figures.outage) },
    outageSeconds: away,
    ...record,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

/** Reads what {@link recordJson} wrote, of any version that has the same figures; undefined for all else. */
export function readSummary(text: string): DrillSummary | undefined {
  const document = parseJson(text)
  const kind = KINDS.find(known => known === stringAt(document, 'kind'))
  const [resource, faultMs] = [stringAt(document, 'resource'), numberAt(document, 'faultMs')]
  if (kind === undefined || resource === undefined || faultMs === undefined) return undefined
  const figure = (name: string) => numberAt(document, 'figuresSeconds', name)
  const away = objectAt(document, 'outageSeconds') ?? {}
  const outages = new Map(Object.entries(away).map(([service, length]) => [service, lengthIn(length)]))
  const slowest = stringAt(document, 'figuresSeconds', 'slowest')
  return {
    ...{ kind, resource, faultMs, outages },
    ok: at(document, 'ok') === true && itemsAt(document, 'failures').length === 0,
    figures: {
      detection: figure('detection'),
      fencing: figure('fencing'),
      takeOver: figure('takeOver'),
      firstAnswer: figure('firstAnswer'),
      outage: slowest === undefined ? undefined : outages.get(slowest),
      slowest,
    },
  }
}

/** JSON has no Infinity. */
const finite = (length: number | undefined): number | null | undefined =>
  length === Number.POSITIVE_INFINITY ? null : length

const lengthIn = (length: Json | undefined): number =>
  typeof length === 'number' ? length : Number.POSITIVE_INFINITY
