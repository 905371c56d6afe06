/** Whether a host is written as an IPv4 or IPv6 address (without brackets), so that no name is looked up. */
export function isIpLiteral(host: string): boolean {
  if (host.includes(':')) return /^[0-9a-f:.]{2,45}(?:%[\w.-]+)?$/i.test(host)
  const parts = host.split('.')
  return parts.length === 4 && parts.every(part => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

/** A host as it stands in a URL or before a port. */
export function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
