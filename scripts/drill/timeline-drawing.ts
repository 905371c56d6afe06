import type { Away } from './figures.ts'
import { escapeHtml } from './html-text.ts'
import type { Phases } from './moments.ts'

const WIDTH = 960
const LEFT = 130
const RIGHT = 20
const TOP = 26
const ROW = 26
const BAR = 16
const BEFORE_SECONDS = 1

/** What is drawn of a fault: what the cluster did, and who was away. */
export interface Timeline {
  /** For those who cannot see it. */
  readonly name: string
  readonly faultMs: number
  readonly phases: Phases
  readonly outages: readonly (Away & { readonly missed: number })[]
  /** Seconds that an outage cannot be shorter than, by service. */
  readonly floors: ReadonlyMap<string, number>
}

/** A stretch of the row that shows what the cluster does. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly kind: 'notice' | 'fence' | 'dark' | 'move'
  readonly what: string
}

/** A timeline as an SVG: what the cluster did, and below it each service, away in red. */
export function drawTimeline(timeline: Timeline): string {
  const since = (ms: number) => (ms - timeline.faultMs) / 1000
  const end = lastSecond(timeline)
  const x = (second: number) =>
    LEFT + ((Math.min(second, end) + BEFORE_SECONDS) / (end + BEFORE_SECONDS)) * (WIDTH - LEFT - RIGHT)
  const parts: string[] = [...axis(x, end)]
  const bar = (row: number, from: number, to: number, kind: string, what: string) => {
    const [left, right] = [x(Math.max(from, -BEFORE_SECONDS)), x(to)]
    const y = TOP + row * ROW + (ROW - BAR) / 2
    const width = Math.max(right - left, 2).toFixed(1)
    const shape = `x="${left.toFixed(1)}" y="${y}" width="${width}" height="${BAR}"`
    parts.push(`<rect class="${kind}" ${shape}><title>${escapeHtml(what)}</title></rect>`)
    // Only where there is room for it.
    if (kind !== 'up' && right - left > what.length * 6.2)
      parts.push(text('inside', left + 5, y + BAR - 4, what))
  }
  const label = (row: number, what: string) => parts.push(text('label', LEFT - 8, TOP + row * ROW + 17, what))

  label(0, 'cluster')
  for (const { from, to, kind, what } of stretches(timeline)) bar(0, from, to, kind, what)
  timeline.outages.forEach(({ service, fromMs, toMs, missed }, index) => {
    const row = index + 1
    label(row, service)
    const [from, to] = [since(fromMs), toMs === undefined ? end : since(toMs)]
    bar(row, -BEFORE_SECONDS, end, 'up', `${service} answers`)
    const length = toMs === undefined ? 'away for good' : `${(to - from).toFixed(1)} s`
    bar(row, from, to, 'away', `${length}, ${missed} missed`)
    const floor = timeline.floors.get(service)
    if (floor === undefined) return
    const y = TOP + row * ROW + ROW - 3
    const line = `x1="${x(from).toFixed(1)}" x2="${x(from + floor).toFixed(1)}" y1="${y}" y2="${y}"`
    parts.push(`<line class="floor" ${line}><title>floor ${floor.toFixed(1)} s</title></line>`)
  })
  const height = TOP + (timeline.outages.length + 1) * ROW + 6
  const fault = `<line class="fault" x1="${x(0)}" x2="${x(0)}" y1="${TOP - 6}" y2="${height}"/>`
  const name = escapeHtml(timeline.name)
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${name}">${parts.join('')}${fault}</svg>`
}

function stretches({ phases, faultMs, outages }: Timeline): Stretch[] {
  const found: Stretch[] = []
  const add = (from: number | undefined, to: number | undefined, kind: Stretch['kind'], what: string) => {
    if (from === undefined || to === undefined || to <= from) return
    const [start, end] = [(from - faultMs) / 1000, (to - faultMs) / 1000]
    found.push({ from: start, to: end, kind, what: `${what} ${(end - start).toFixed(1)} s` })
  }
  const { detectedMs, fencingAskedMs, offMs, fencedMs, takeOverMs } = phases
  add(faultMs, detectedMs, 'notice', 'noticing')
  const off =
    offMs !== undefined && fencingAskedMs !== undefined && offMs > fencingAskedMs ? offMs : undefined
  add(fencingAskedMs, off ?? fencedMs, 'fence', 'fencing')
  add(off, fencedMs, 'dark', 'off, kept dark')
  const back = outages.flatMap(({ toMs }) => (toMs === undefined ? [] : [toMs]))
  add(takeOverMs, back.length === 0 ? undefined : Math.max(...back), 'move', 'starting')
  return found
}

function lastSecond({ phases, faultMs, outages, floors }: Timeline): number {
  const ends = [...outages.map(({ toMs }) => toMs), ...Object.values(phases)].flatMap(ms =>
    typeof ms === 'number' ? [(ms - faultMs) / 1000] : [],
  )
  return Math.ceil(Math.max(3, ...ends, ...floors.values()) + 0.5)
}

function axis(x: (second: number) => number, end: number): string[] {
  const step = end > 60 ? 10 : end > 25 ? 5 : end > 12 ? 2 : 1
  const lines: string[] = []
  for (let second = 0; second <= end; second += step) {
    const at = x(second).toFixed(1)
    lines.push(`<line class="grid" x1="${at}" x2="${at}" y1="${TOP - 4}" y2="100%"/>`)
    lines.push(text('tick', x(second), TOP - 10, `${second} s`))
  }
  return lines
}

const text = (kind: string, x: number, y: number, what: string): string =>
  `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escapeHtml(what)}</text>`
