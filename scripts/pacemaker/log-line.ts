/** What a line of pacemaker.log tells that the timeline needs. */
export type PacemakerEvent =
  | { readonly kind: 'lost' | 'joined' | 'fence-requested'; readonly atMs: number; readonly node: string }
  | { readonly kind: 'fenced'; readonly atMs: number; readonly node: string; readonly ok: boolean }
  | {
      readonly kind: 'action'
      readonly atMs: number
      /** The node it ran on. */
      readonly node: string
      readonly resource: string
      readonly action: string
      /** As Pacemaker words it: ok, error, degraded... */
      readonly result: string
      /** Why, as the agent told it. */
      readonly reason?: string
    }

export type LogZone = 'UTC' | 'local'

const LINE = /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?) (\S+) (pacemaker-\S+)\s+\[\d+\] (.*)$/

/**
 * Reads one line of pacemaker.log; undefined for all the timeline does not need.
 *
 * @param year in which it was written: the log writes none
 * @param zone of its times: Pacemaker writes those of its node
 */
export function readPacemakerLine(
  line: string,
  year: number,
  zone: LogZone = 'UTC',
): PacemakerEvent | undefined {
  const [, time, , , text] = LINE.exec(line) ?? []
  if (time === undefined || text === undefined) return undefined
  const atMs = Date.parse(`${time} ${year}${zone === 'UTC' ? ' UTC' : ''}`)
  if (Number.isNaN(atMs)) return undefined
  const lost = /Node (\S+) state is now (lost|member)\b/.exec(text)
  if (lost?.[1] !== undefined) return { kind: lost[2] === 'lost' ? 'lost' : 'joined', atMs, node: lost[1] }
  const asked = /Requesting peer fencing \(\w+\) targeting ([^\s:|]+)/.exec(text)
  if (asked?.[1] !== undefined) return { kind: 'fence-requested', atMs, node: asked[1] }
  const done = /Operation '\w+' targeting ([^\s:|]+) by .*?: (OK|[A-Z][\w ]*)/.exec(text)
  if (done?.[1] !== undefined) return { kind: 'fenced', atMs, node: done[1], ok: done[2] === 'OK' }
  const result = /Result of (\S+) operation for (\S+) on ([^\s:]+): ([^|(]*)(?:\((.*)\) \| )?/.exec(text)
  const [, action, resource, node, words, reason] = result ?? []
  if (action === undefined || resource === undefined || node === undefined) return undefined
  // What was called off has no result, and a probe that found nothing is no news.
  if (/^Cancelled|^not running/.test(words ?? '')) return undefined
  const told = reason === undefined ? {} : { reason }
  return { kind: 'action', atMs, node, resource, action, result: (words ?? '').trim(), ...told }
}
