import { itemsAt, numberAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import { KIND_FACTS, KINDS } from './kinds.ts'
import { PICTURE_STYLE } from './report-style.ts'
import { drawTimeline, type Timeline } from './timeline-drawing.ts'

/** The record of a drill as a picture of its own, that a page can show; undefined when it is no record. */
export function timelinePicture(record: string): string | undefined {
  const timeline = readTimeline(record)
  if (timeline === undefined) return undefined
  const paper = '<rect width="100%" height="100%" fill="var(--paper)"/>'
  return `${drawTimeline(timeline)
    .replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace('>', `><style>${PICTURE_STYLE}</style>${paper}`)}\n`
}

function readTimeline(text: string): Timeline | undefined {
  const document = parseJson(text)
  const kind = KINDS.find(known => known === stringAt(document, 'kind'))
  const faultMs = numberAt(document, 'faultMs')
  if (kind === undefined || faultMs === undefined) return undefined
  const phase = (name: string) => numberAt(document, 'phases', name)
  return {
    name: `Timeline of haha-drill ${kind}: ${KIND_FACTS[kind].title}`,
    faultMs,
    phases: {
      detectedMs: phase('detectedMs'),
      fencingAskedMs: phase('fencingAskedMs'),
      offMs: phase('offMs'),
      fencedMs: phase('fencedMs'),
      takeOverMs: phase('takeOverMs'),
    },
    outages: itemsAt(document, 'outages').flatMap(outage => {
      const [service, fromMs] = [stringAt(outage, 'service'), numberAt(outage, 'fromMs')]
      if (service === undefined || fromMs === undefined) return []
      return [{ service, fromMs, toMs: numberAt(outage, 'toMs'), missed: numberAt(outage, 'missed') ?? 0 }]
    }),
    floors: new Map(),
  }
}
