/** The address in what `ip -4 -o addr show` says that lies in the same /24 as another one. */
export function neighbour(listing: string, other: string): string | undefined {
  const network = other.slice(0, other.lastIndexOf('.') + 1)
  const addresses = [...listing.matchAll(/\binet (\d+\.\d+\.\d+\.\d+)\//g)].map(([, address]) => address)
  return addresses.find(address => address !== other && address?.startsWith(network))
}

/** The IPv4 address that follows another one in the same /24. */
export function addressAfter(address: string): string {
  const dot = address.lastIndexOf('.') + 1
  return `${address.slice(0, dot)}${Number(address.slice(dot)) + 1}`
}
