import { splitWords } from '../ocf/parameters.ts'

/** Where a probe asks, and how. */
export type ProbeTarget =
  | {
      readonly scheme: 'http' | 'https' | 'tcp' | 'mqtt'
      /** As written, user information left out; for errors. */
      readonly url: string
      readonly host: string
      readonly port: number
      readonly path: string
      /** A name needs a resolver, which may hang or depend on the cluster itself. */
      readonly isLiteralAddress: boolean
    }
  | {
      readonly scheme: 'exec'
      readonly url: string
      /** Run inside the service's container; exit code 0 is alive. */
      readonly command: readonly string[]
    }

const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443, mqtt: 1883 }

/**
 * Reads `http://host[:port]/path`, `https://...`, `tcp://host:port`, `mqtt://host[:port]` or
 * `exec:command%20with%20arguments`; undefined when it is none of these.
 */
export function parseProbeUrl(text: string): ProbeTarget | undefined {
  if (text.startsWith('exec:')) return parseExec(text)
  const match =
    /^(https?|tcp|mqtt):\/\/(?:[^@/?#\s]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?([/?][^\s#]*)?$/.exec(
      text,
    )
  const scheme = match?.[1]
  const address = match?.[2]
  if (scheme === undefined || address === undefined || !isScheme(scheme)) return undefined
  const host = address.replace(/^\[|\]$/g, '')
  const port = match?.[3] === undefined ? defaultPorts[scheme] : Number(match[3])
  if (port === undefined || port < 1 || port > 65_535) return undefined
  const path = match?.[4] ?? '/'
  if ((scheme === 'tcp' || scheme === 'mqtt') && path !== '/') return undefined
  return {
    scheme,
    url: `${scheme}://${address}:${port}${scheme.startsWith('http') ? path : ''}`,
    host,
    port,
    path: path.startsWith('?') ? `/${path}` : path,
    isLiteralAddress: host.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host),
  }
}

function isScheme(text: string): text is 'http' | 'https' | 'tcp' | 'mqtt' {
  return ['http', 'https', 'tcp', 'mqtt'].includes(text)
}

function parseExec(text: string): ProbeTarget | undefined {
  let plain: string
  try {
    plain = decodeURIComponent(text.slice('exec:'.length))
  } catch {
    return undefined
  }
  const command = splitWords(plain)
  return command === undefined || command.length === 0
    ? undefined
    : { scheme: 'exec', url: `exec:${plain}`, command }
}
