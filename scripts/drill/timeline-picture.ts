import { KIND_FACTS } from './kinds.ts'
import { readRecord } from './read-record.ts'
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
  const told = readRecord(text)
  if (told === undefined) return undefined
  const { kind, faultMs, phases, outages } = told
  const name = `Timeline of haha-drill ${kind}: ${KIND_FACTS[kind].title}`
  return { name, faultMs, phases, outages, floors: new Map() }
}
