import { latin1, utf8OfLatin1 } from '../host/latin1.ts'
import { wholeNumber } from '../ocf/whole-number.ts'
import { HttpFailure } from './http-failure.ts'

export interface HttpReply {
  readonly status: number
  /** The words beside the status, where some servers put the reason. */
  readonly statusText: string
  /** Names in lower case; values of a repeated one are joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  bytes(): Buffer
  /** As UTF-8. */
  text(): string
  /** @throws HttpFailure of kind `broken` when the body is not JSON */
  json(): unknown
}

/** Takes a reply as it arrives. */
export interface ReplyReader {
  /** The reply once it is whole, undefined while more is needed. @throws HttpFailure */
  take(chunk: Buffer): HttpReply | undefined
  /** The other side has closed. @throws HttpFailure when the reply is not whole */
  end(): HttpReply
  /** What has come of a reply that may never end (a stream of events); undefined before its headers are whole. */
  soFar(): HttpReply | undefined
}

export interface ReplyLimits {
  /** The reply to a HEAD request: headers only, whatever they say. */
  readonly bodyless: boolean
  readonly maxBytes: number
  /** Whether a longer body is cut at `maxBytes`, instead of being an error. */
  readonly cut: boolean
}

const mostHeadBytes = 32 * 1024

/** How the end of a body is known. */
type Framing =
  | { readonly by: 'close' }
  | { readonly by: 'length'; readonly bytes: number }
  | { readonly by: 'chunks' }

interface Head {
  readonly status: number
  readonly statusText: string
  readonly headers: ReadonlyMap<string, string>
  readonly framing: Framing
}

/**
 * Reads one HTTP/1.0 or 1.1 reply (RFC 9112), chunked ones included because some servers answer 1.1
 * whatever they are asked. `where` names the server in errors. What came is kept as text, a character for
 * each byte: joining, cutting and searching texts needs nothing that a monitor would have to compile first.
 */
export function replyReader(where: string, limits: ReplyLimits): ReplyReader {
  const { bodyless, maxBytes, cut } = limits
  let head: Head | undefined
  let pending = ''
  let chunkLeft = 0
  let body = ''
  const broken = (what: string) => new HttpFailure('broken', `${where} ${what}`)

  const tooLarge = () => new HttpFailure('too-large', `${where} answers with more than ${sizeText(maxBytes)}`)

  const whole = (known: Head): HttpReply => {
    const content = body
    return {
      status: known.status,
      statusText: known.statusText,
      headers: known.headers,
      bytes: () => Buffer.from(content, 'latin1'),
      text: () => utf8OfLatin1(content),
      json() {
        try {
          const value: unknown = JSON.parse(utf8OfLatin1(content))
          return value
        } catch {
          throw broken(`answered ${known.status} with a body that is not JSON`)
        }
      },
    }
  }
  const keep = (part: string) => {
    body += cut ? part.slice(0, maxBytes - body.length) : part
    if (body.length > maxBytes) throw tooLarge()
  }
  /** True at the end of the last chunk. */
  const takeChunks = (): boolean => {
    for (;;) {
      if (chunkLeft > 0) {
        const part = pending.slice(0, chunkLeft)
        keep(part)
        chunkLeft -= part.length
        pending = pending.slice(part.length)
        if (chunkLeft > 0) return false
        chunkLeft = -1
      }
      const lineEnd = pending.indexOf('\n')
      if (lineEnd < 0) {
        if (pending.length > 256) throw broken('sends chunks without a size')
        return false
      }
      const line = pending.slice(0, lineEnd).trim()
      pending = pending.slice(lineEnd + 1)
      if (chunkLeft === -1) {
        if (line !== '') throw broken('sends chunks longer than their size')
        chunkLeft = 0
        continue
      }
      const hex = /^([0-9a-f]{1,8})(?:\s*;.*)?$/i.exec(line)?.[1]
      if (hex === undefined) throw broken('sends chunks without a size')
      chunkLeft = Number.parseInt(hex, 16)
      if (chunkLeft === 0) return true
    }
  }

  return {
    take(chunk) {
      pending += latin1(chunk)
      while (head === undefined) {
        if (!'HTTP/'.startsWith(pending.slice(0, 5))) throw broken('answered something that is not HTTP')
        const ends = headEnd(pending.slice(0, mostHeadBytes))
        if (ends === undefined) {
          if (pending.length > mostHeadBytes) throw broken('sends headers without end')
          return undefined
        }
        const parsed = readHead(pending.slice(0, ends.text), bodyless)
        if (parsed === undefined) throw broken('answered with headers that cannot be read')
        pending = pending.slice(ends.body)
        // 100 Continue and its kind come before the reply proper.
        if (parsed.status >= 200 || parsed.status === 101) head = parsed
      }
      const { framing } = head
      let ended = false
      if (framing.by === 'chunks') ended = takeChunks()
      else {
        if (framing.by === 'length' && framing.bytes > maxBytes && !cut) throw tooLarge()
        keep(framing.by === 'length' ? pending.slice(0, framing.bytes - body.length) : pending)
        pending = ''
        ended = framing.by === 'length' && body.length === framing.bytes
      }
      return ended || (cut && body.length === maxBytes) ? whole(head) : undefined
    },
    end() {
      if (head === undefined) {
        if (pending.length === 0)
          throw new HttpFailure('reset', `${where} closed the connection without an answer`)
        throw broken('closed the connection in the middle of its headers')
      }
      if (head.framing.by === 'close') return whole(head)
      const told = head.framing.by === 'length' ? `${body.length} of ${head.framing.bytes}` : `${body.length}`
      throw broken(`closed the connection in the middle of its answer, after ${told} bytes`)
    },
    soFar: () => (head === undefined ? undefined : whole(head)),
  }
}

function headEnd(bytes: string): { readonly text: number; readonly body: number } | undefined {
  const proper = bytes.indexOf('\r\n\r\n')
  if (proper >= 0) return { text: proper, body: proper + 4 }
  // Small devices end their lines with a bare line feed.
  const bare = bytes.indexOf('\n\n')
  return bare >= 0 ? { text: bare, body: bare + 2 } : undefined
}

function readHead(text: string, bodyless: boolean): Head | undefined {
  const lines = text.split('\n')
  const [version, status = '', ...words] = (lines[0] ?? '').trimEnd().split(' ')
  const code = wholeNumber(status) ?? 0
  if (version !== 'HTTP/1.0' && version !== 'HTTP/1.1') return undefined
  if (status.length !== 3 || code < 100) return undefined
  const headers = new Map<string, string>()
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const colon = line.indexOf(':')
    if (colon < 1) return undefined
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  const framing = readFraming(headers, bodyless || code < 200 || code === 204 || code === 304)
  return framing === undefined
    ? undefined
    : { status: code, statusText: words.join(' ').trim(), headers, framing }
}

function readFraming(headers: ReadonlyMap<string, string>, bodyless: boolean): Framing | undefined {
  if (bodyless) return { by: 'length', bytes: 0 }
  if (headers.get('transfer-encoding')?.toLowerCase().includes('chunked') === true) return { by: 'chunks' }
  const length = headers.get('content-length')
  if (length === undefined) return { by: 'close' }
  const bytes = wholeNumber(length)
  return bytes === undefined ? undefined : { by: 'length', bytes }
}

function sizeText(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MiB` : `${bytes} bytes`
}
