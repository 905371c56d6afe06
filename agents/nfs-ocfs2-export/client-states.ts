/** What one client of NFSv4 holds on this server, by filesystem. */
export interface ClientStates {
  /** Its number under /proc/fs/nfsd/clients. */
  readonly id: string
  /** `major:minor` of every filesystem on which it has something open or locked, as /proc/mounts has it. */
  readonly devices: readonly string[]
}

/**
 * Reads the files `states` of /proc/fs/nfsd/clients, each after a line `== ID`. A state names its file as
 * `superblock: "fe:01:1234"`: major and minor in hexadecimal, then the inode (kernel, fs/nfsd/nfs4state.c).
 */
export function parseClientStates(text: string): readonly ClientStates[] {
  return text
    .split(/^== /m)
    .slice(1)
    .flatMap(part => {
      const [, id] = /^(\d+)\n/.exec(part) ?? []
      if (id === undefined) return []
      const devices = [...part.matchAll(/superblock: "([0-9a-f]+):([0-9a-f]+):/g)].map(
        ([, major = '', minor = '']) => `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`,
      )
      return [{ id, devices: [...new Set(devices)] }]
    })
}

/** Whom to expire so that a filesystem can be unmounted, and who uses other exports too and must not be. */
export function holdersOf(
  device: string,
  clients: readonly ClientStates[],
): { readonly only: readonly string[]; readonly also: readonly string[] } {
  const holding = clients.filter(client => client.devices.includes(device))
  return {
    only: holding.filter(client => client.devices.length === 1).map(client => client.id),
    also: holding.filter(client => client.devices.length > 1).map(client => client.id),
  }
}
