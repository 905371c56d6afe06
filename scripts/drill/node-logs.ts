import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { type LogZone, type PacemakerEvent, readPacemakerLine } from '../pacemaker/log-line.ts'

const EVERY_MS = 200

/** One node's pacemaker.log as the host reaches it. */
export interface FollowedNode {
  readonly name: string
  /** Undefined while the node is off. */
  file(): string | undefined
}

/** An event, and the node in whose log it stands. */
export type LoggedEvent = PacemakerEvent & { readonly toldBy: string }

export interface NodeLogs {
  readonly events: readonly LoggedEvent[]
  onEvent(tell: (event: LoggedEvent) => void): void
  stop(): void
}

/** Follows the logs as files: a node that is cut off or dies need not be asked. */
export function followLogs(
  nodes: readonly FollowedNode[],
  { zone = 'UTC', from = 'start' }: { readonly zone?: LogZone; readonly from?: 'start' | 'end' } = {},
): NodeLogs {
  const events: LoggedEvent[] = []
  const listeners: ((event: LoggedEvent) => void)[] = []
  const places = new Map<string, Place>()
  const read = () => {
    for (const { name, file } of nodes) {
      const path = file()
      if (path === undefined) continue
      const place = places.get(name) ?? { offset: 0, rest: '' }
      places.set(name, place)
      for (const line of newLines(path, place)) {
        const event = readPacemakerLine(line, new Date().getUTCFullYear(), zone)
        if (event === undefined) continue
        const logged = { ...event, toldBy: name }
        events.push(logged)
        for (const tell of listeners) tell(logged)
      }
    }
  }
  if (from === 'end')
    for (const { name, file } of nodes) places.set(name, { offset: sizeOf(file()), rest: '' })
  const timer = setInterval(read, EVERY_MS)
  return {
    events,
    onEvent: tell => void listeners.push(tell),
    stop() {
      clearInterval(timer)
      read()
    },
  }
}

interface Place {
  offset: number
  /** The beginning of a line that is still being written. */
  rest: string
}

function sizeOf(path: string | undefined): number {
  return path === undefined ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
}

function newLines(path: string, place: Place): string[] {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    // Not written yet, or the node died between the two looks.
    return []
  }
  try {
    const { size } = fstatSync(fd)
    // A node that booted afresh begins a new log.
    if (size < place.offset) Object.assign(place, { offset: 0, rest: '' })
    const bytes = Buffer.alloc(size - place.offset)
    const count = readSync(fd, bytes, 0, bytes.length, place.offset)
    place.offset += count
    const lines = (place.rest + bytes.subarray(0, count).toString('utf8')).split('\n')
    place.rest = lines.pop() ?? ''
    return lines
  } finally {
    closeSync(fd)
  }
}
