import { execa } from 'execa'

/**
 * The address of a network namespace that lies in the same /24 as another one.
 *
 * @throws when there is none
 */
export async function addressBeside(namespace: string, other: string): Promise<string> {
  const { stdout } = await execa('ip', ['-n', namespace, '-4', '-o', 'addr', 'show'])
  const address = neighbour(stdout, other)
  if (address === undefined) throw new Error(`network namespace ${namespace} has no address beside ${other}`)
  return address
}

/** Finds it in what `ip -4 -o addr show` says. */
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
