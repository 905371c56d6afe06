import { monotonicMs } from '../host/clock.ts'
import { splitWords } from '../ocf/list-parameter.ts'
import { isDigits } from '../ocf/whole-number.ts'
import { hostText, isIpLiteral } from './address.ts'
import { probeHttp } from './probe-http.ts'
import { probeMqtt } from './probe-mqtt.ts'
import { probeTcp } from './probe-tcp.ts'

export type ProbeScheme = 'http' | 'https' | 'tcp' | 'mqtt' | 'exec'

/** What is asked for a sign of life. */
export interface ProbeTarget {
  /** As written, without a user and password. */
  readonly url: string
  readonly scheme: ProbeScheme
  /** Without brackets; empty for exec. */
  readonly host: string
  readonly port: number
  /** Path and query, percent-encoded; `/` unless given. */
  readonly path: string
  /** Only of exec: program and arguments. */
  readonly command: readonly string[]
  /** Whether the host is an address, so that no name server can delay the probe. */
  readonly isLiteralAddress: boolean
}

export type ProbeOutcome =
  | { readonly ok: true; readonly durationMs: number; readonly seen?: string; readonly doubt?: string }
  | {
      readonly ok: false
      /** A time-out or a 5xx, which may pass: the caller counts a few before it acts. All else counts at once. */
      readonly damped: boolean
      /** One line for the operator. */
      readonly reason: string
    }

export interface ProbeOptions {
  /** For one try. */
  readonly timeoutMs: number
  /** How often it is tried while it times out, at least 1. Nothing else is tried again. */
  readonly tries: number
  /** Between two tries. */
  readonly pauseMs: number
}

/** One look at a target; what a scheme's own file does. */
export type ProbeOnce = (target: ProbeTarget, timeoutMs: number) => Promise<ProbeAnswer>
export type ProbeAnswer =
  /** `seen`: what the answer told beyond life, for the operator. `doubt`: what is to be mended all the same. */
  | { readonly kind: 'alive'; readonly seen?: string; readonly doubt?: string }
  | { readonly kind: 'timeout'; readonly reason: string }
  | {
      readonly kind: 'failed'
      readonly damped: boolean
      readonly reason: string
      /** The connection was accepted, then closed or broken off without a byte. */
      readonly closed?: true
    }

/** An `exec:` probe handed to {@link probe}: only who knows the container can run it. */
export class NotANetworkProbe extends Error {
  constructor(target: ProbeTarget) {
    super(`${target.url} is a command, which is not asked over the network`)
    this.name = 'NotANetworkProbe'
  }
}

const defaultPorts = { http: 80, https: 443, mqtt: 1883, tcp: undefined } as const

/**
 * Reads the URL of a probe: `http://host[:port]/path`, `https://...`, `tcp://host:port`,
 * `mqtt://host[:port]`, or `exec:command%20argument` (percent-decoded, then split at blanks, quotes
 * honoured). Undefined when it is none of these.
 */
export function parseProbeUrl(text: string): ProbeTarget | undefined {
  if (text.length > 4096) return undefined
  if (text.startsWith('exec:')) return parseExec(text)
  const parts =
    /^([A-Za-z]+):\/\/(?:[^/?#@\s]*@)?(\[[^\]\s]+\]|[\w.-]+)(?::(\d{1,5}))?([/?][^#\s\ud800-\udfff]*)?(?:#\S*)?$/.exec(
      text,
    )
  const scheme = readScheme(parts?.[1])
  if (parts === null || scheme === undefined) return undefined
  const written = parts[2] ?? ''
  const host = written.startsWith('[') ? written.slice(1, -1) : written
  const port = parts[3] === undefined ? defaultPorts[scheme] : Number(parts[3])
  if (port === undefined || port < 1 || port > 65535) return undefined
  const isLiteralAddress = isIpLiteral(host)
  if (written.startsWith('[') && !(isLiteralAddress && host.includes(':'))) return undefined
  const letters = host.replaceAll('.', '')
  if ((letters === '' || isDigits(letters)) && !isLiteralAddress) return undefined
  const rest = parts[4] ?? ''
  if ((scheme === 'tcp' || scheme === 'mqtt') && rest !== '' && rest !== '/') return undefined
  const given = parts[3] === undefined ? '' : `:${port}`
  return {
    url: `${scheme}://${hostText(host)}${given}${rest}`,
    scheme,
    host,
    port,
    path: encodedPath(rest.startsWith('/') ? rest : `/${rest}`),
    command: [],
    isLiteralAddress,
  }
}

function readScheme(text: string | undefined): 'http' | 'https' | 'tcp' | 'mqtt' | undefined {
  const wanted = text?.toLowerCase()
  return (['http', 'https', 'tcp', 'mqtt'] as const).find(scheme => scheme === wanted)
}

function parseExec(text: string): ProbeTarget | undefined {
  let plain: string
  try {
    plain = decodeURIComponent(text.slice('exec:'.length))
  } catch {
    return undefined
  }
  const command = plain.includes('\0') ? undefined : splitWords(plain)
  if (command === undefined || command[0] === undefined || command[0] === '') return undefined
  return { url: text, scheme: 'exec', host: '', port: 0, path: '', command, isLiteralAddress: false }
}

/** A path may be written with characters that a request line does not take. */
export function encodedPath(path: string): string {
  for (const character of path) if (character < '!' || character > '~') return encoded(path)
  return path
}

function encoded(path: string): string {
  return path.replace(/[^!-~]/gu, character => encodeURIComponent(character))
}

/**
 * Asks a service for a sign of life. Tries again only after a time-out: a refused connection or a wrong
 * answer is the truth at once. Never throws for what the other side does.
 * @throws NotANetworkProbe for an `exec:` target
 */
export async function probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeOutcome> {
  const once = proberOf(target)
  return await tryProbe(timeoutMs => once(target, timeoutMs), options)
}

/** {@link probe} for a look of one's own. */
export async function tryProbe(
  once: (timeoutMs: number) => Promise<ProbeAnswer>,
  options: ProbeOptions,
): Promise<ProbeOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const begin = monotonicMs()
    const answer = await once(options.timeoutMs)
    if (answer.kind === 'alive') {
      const { kind: _, ...told } = answer
      return { ok: true, durationMs: monotonicMs() - begin, ...told }
    }
    if (answer.kind === 'failed') return { ok: false, damped: answer.damped, reason: answer.reason }
    if (attempt >= options.tries) {
      const times = attempt > 1 ? `, ${attempt} times` : ''
      return { ok: false, damped: true, reason: `${answer.reason}${times}` }
    }
    await new Promise(resolve => setTimeout(resolve, options.pauseMs))
  }
}

function proberOf(target: ProbeTarget): ProbeOnce {
  switch (target.scheme) {
    case 'http':
    case 'https':
      return probeHttp
    case 'tcp':
      return probeTcp
    case 'mqtt':
      return probeMqtt
    case 'exec':
      throw new NotANetworkProbe(target)
  }
}
