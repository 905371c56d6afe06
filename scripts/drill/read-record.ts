import { itemsAt, numberAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import { type DrillKind, KINDS } from './kinds.ts'
import { type Moment, type Phases, SOURCES } from './moments.ts'
import type { MeasuredOutage } from './outage.ts'

/** What the file of a drill tells of how it went. */
export interface ToldDrill {
  readonly kind: DrillKind
  readonly fault: string
  readonly faultMs: number
  readonly phases: Phases
  readonly moments: readonly Moment[]
  readonly outages: readonly MeasuredOutage[]
  /** Everything that went wrong, one line each. */
  readonly failures: readonly string[]
}

/** Reads what `recordJson` wrote; undefined for all else. */
export function readRecord(text: string): ToldDrill | undefined {
  const document = parseJson(text)
  const kind = KINDS.find(known => known === stringAt(document, 'kind'))
  const faultMs = numberAt(document, 'faultMs')
  if (kind === undefined || faultMs === undefined) return undefined
  const phase = (name: string) => numberAt(document, 'phases', name)
  return {
    ...{ kind, faultMs, fault: stringAt(document, 'fault') ?? '' },
    phases: {
      detectedMs: phase('detectedMs'),
      fencingAskedMs: phase('fencingAskedMs'),
      offMs: phase('offMs'),
      fencedMs: phase('fencedMs'),
      takeOverMs: phase('takeOverMs'),
    },
    moments: itemsAt(document, 'moments').flatMap(moment => {
      const [atMs, what] = [numberAt(moment, 'atMs'), stringAt(moment, 'what')]
      const source = SOURCES.find(known => known === stringAt(moment, 'source'))
      return atMs === undefined || what === undefined || source === undefined ? [] : [{ atMs, what, source }]
    }),
    outages: itemsAt(document, 'outages').flatMap(outage => {
      const [service, fromMs] = [stringAt(outage, 'service'), numberAt(outage, 'fromMs')]
      if (service === undefined || fromMs === undefined) return []
      const [errorMs, missed] = [numberAt(outage, 'errorMs') ?? 0, numberAt(outage, 'missed') ?? 0]
      return [{ service, fromMs, toMs: numberAt(outage, 'toMs'), errorMs, missed }]
    }),
    failures: itemsAt(document, 'failures').flatMap(line => (typeof line === 'string' ? [line] : [])),
  }
}
