import { isDigits } from '../ocf/whole-number.ts'

/**
 * Whether a host is written as an IPv4 or IPv6 address (without brackets), exactly as node takes it:
 * anything else would make node look it up as a name, on a thread that holds up the exit.
 */
export function isIpLiteral(host: string): boolean {
  return isIpv4(host) || isIpv6(host)
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return (
    parts.length === 4 &&
    parts.every(part => isDigits(part) && String(Number(part)) === part && Number(part) <= 255)
  )
}

/** RFC 4291, section 2.2, with an optional zone. */
function isIpv6(text: string): boolean {
  const address = text.replace(/%[\w.-]+$/, '')
  const halves = address.split('::')
  if (!address.includes(':') || halves.length > 2) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const embedded = isIpv4(last) && !address.endsWith('::')
  const hex = embedded ? groups.slice(0, -1) : groups
  const count = hex.length + (embedded ? 2 : 0)
  return (
    hex.every(group => /^[0-9a-f]{1,4}$/i.test(group)) && (halves.length === 2 ? count <= 7 : count === 8)
  )
}

/** A host as it stands in a URL or before a port. */
export function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
