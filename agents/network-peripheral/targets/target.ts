import { hostText, isIpLiteral } from '../../../lib/net/address.ts'

/** What is spoken with a peripheral; a scheme's probe lies in the file of its name. */
export type TargetScheme = 'icmp' | 'esphome' | 'mqtt' | 'http' | 'https' | 'rtsp' | 'knx' | 'tcp'

/** A peripheral that is asked for a sign of life. */
export interface Target {
  /** As written, without a user and password. */
  readonly url: string
  readonly scheme: TargetScheme
  /** Without brackets. A name only until start has resolved it: probes are handed addresses. */
  readonly host: string
  /** 0 for icmp. */
  readonly port: number
  /** Path and query of http, https and rtsp, whose device esphome has to find there; `/` unless given. */
  readonly path: string
}

/** Who asks a broker, where it writes every anonymous client into its log. */
export interface MqttLogin {
  readonly username: string
  readonly password: string
}

/** What a probe may use up, and what it needs to know. */
export interface ProbeLimits {
  /** For all tries together, in milliseconds from the call. */
  readonly deadlineMs: number
  /** For one try, in milliseconds. */
  readonly timeoutMs: number
  /** How often a peripheral that does not answer is asked, at least 1. */
  readonly attempts: number
  /** The Noise key of ESPHome devices, 32 bytes; without it their handshake's first byte is life. */
  readonly esphomeKey?: Buffer
  /** For brokers that would write every anonymous probe into their log. */
  readonly mqttLogin?: MqttLogin
}

/** What one look at a peripheral told. */
export interface TargetAnswer {
  readonly up: boolean
  /** One line for the operator: what was seen, on what. */
  readonly detail: string
  /** It is up, and something about the look is to be mended: a key or a login that it refuses. */
  readonly doubt?: string
  /** This node could not ask at all (ping is not installed): no evidence about the peripheral. */
  readonly unasked?: true
}

/** One scheme's way of asking. Never rejects for what the other side does. */
export type TargetProbe = (target: Target, limits: ProbeLimits) => Promise<TargetAnswer>

const defaultPorts = {
  icmp: 0,
  esphome: 6053,
  mqtt: 1883,
  http: 80,
  https: 443,
  rtsp: 554,
  knx: 3671,
  tcp: undefined,
} as const

const schemes = ['icmp', 'esphome', 'mqtt', 'http', 'https', 'rtsp', 'knx', 'tcp'] as const

const withPath: readonly TargetScheme[] = ['http', 'https', 'rtsp', 'esphome']

/** Reads `scheme://host[:port][/path]`; else why it is not a target, as the end of a sentence. */
export function parseTarget(text: string): Target | { readonly reason: string } {
  const parts =
    text.length > 4096
      ? null
      : /^([A-Za-z]+):\/\/(?:[^/?#@\s]*@)?(\[[^\]\s]+\]|[\w.-]+)(?::(\d{1,5}))?([/?][^#\s]*)?$/.exec(text)
  if (parts === null) return { reason: 'it is not scheme://host[:port][/path]' }
  const wanted = (parts[1] ?? '').toLowerCase()
  const scheme = schemes.find(known => known === wanted)
  if (scheme === undefined)
    return { reason: `scheme ${wanted} is unknown: take one of ${schemes.join(', ')}` }
  const host = (parts[2] ?? '').replace(/^\[|\]$/g, '')
  const isLiteral = isIpLiteral(host)
  if (!isLiteral && (/^[\d.]+$/.test(host) || parts[2]?.startsWith('[') === true))
    return { reason: `${host} is no address` }
  const port = parts[3] === undefined ? defaultPorts[scheme] : Number(parts[3])
  if (port === undefined) return { reason: `${scheme} needs a port` }
  if (scheme === 'icmp' ? parts[3] !== undefined : port < 1 || port > 65_535)
    return { reason: scheme === 'icmp' ? 'icmp has no ports' : `${port} is no port` }
  const rest = parts[4] ?? ''
  if (!withPath.includes(scheme) && rest !== '' && rest !== '/') return { reason: `${scheme} has no path` }
  if (scheme === 'esphome' && !/^(?:\/[\w.:-]*)?$/.test(rest))
    return { reason: 'what follows an ESPHome address is the name of the device or its MAC address' }
  const given = parts[3] === undefined ? '' : `:${port}`
  return {
    url: `${scheme}://${hostText(host)}${given}${rest}`,
    scheme,
    host,
    port,
    path: rest.startsWith('/') ? rest : `/${rest}`,
  }
}
