import { booleanAt, items, itemsAt, numberAt, parseJson, stringAt } from '../../lib/ocf/json.ts'

/** One volume of DRBD and what it knows of its peers. */
export interface DrbdVolume {
  /** Name with DRBD 9; 8.4 shows minors only. */
  readonly resource: string | undefined
  readonly minor: number
  readonly disk: string
  /** I/O waits for a peer, for quorum or for an operator. */
  readonly suspended: boolean
  readonly quorum: boolean
  readonly peers: readonly DrbdPeer[]
}

export interface DrbdPeer {
  readonly name: string
  readonly connection: string
  readonly disk: string
  /** Meant to have no disk: a tiebreaker. */
  readonly diskless: boolean
}

/** Reads /proc/drbd of DRBD 8.4. DRBD 9 prints its version there and nothing else: no volumes. */
export function parseProcDrbd(text: string): readonly DrbdVolume[] {
  const volumes: DrbdVolume[] = []
  for (const line of text.split('\n')) {
    const [, minor, connection, roles, disks, flags] =
      /^\s*(\d+): cs:(\S+)(?: ro:(\S+) ds:(\S+)\s+(?:[ABC] )?(\S+))?/.exec(line) ?? []
    if (minor === undefined || connection === undefined || connection === 'Unconfigured') continue
    const [own = 'Unknown', peer = 'DUnknown'] = (disks ?? '').split('/')
    const connected = roles !== undefined && !unconnected.has(connection)
    volumes.push({
      resource: undefined,
      minor: Number(minor),
      disk: own,
      // Without a peer the protocol's column is blank. The first flag: r(unning) or s(uspended) I/O.
      suspended: flags?.startsWith('s') ?? false,
      quorum: true,
      peers: [
        { name: 'the peer', connection: connected ? 'Connected' : connection, disk: peer, diskless: false },
      ],
    })
  }
  return volumes
}

/** Connection states of 8.4 without a peer; all others are kinds of being connected. */
const unconnected = new Set([
  ...['StandAlone', 'Disconnecting', 'Unconnected', 'Timeout', 'BrokenPipe', 'NetworkFailure'],
  ...['ProtocolError', 'TearDown', 'WFConnection', 'WFReportParams'],
])

/** Reads `drbdsetup status --json` of DRBD 9; undefined when it is not that. */
export function parseDrbdStatus(text: string): readonly DrbdVolume[] | undefined {
  const json = parseJson(text)
  if (!Array.isArray(json)) return undefined
  return items(json).flatMap(resource => {
    const connections = itemsAt(resource, 'connections')
    return itemsAt(resource, 'devices').flatMap((device): DrbdVolume[] => {
      const volume = numberAt(device, 'volume')
      const minor = numberAt(device, 'minor')
      if (minor === undefined) return []
      const peers = connections.map((connection): DrbdPeer => {
        const peer = itemsAt(connection, 'peer_devices').find(item => numberAt(item, 'volume') === volume)
        return {
          name: stringAt(connection, 'name') ?? 'a peer',
          connection: stringAt(connection, 'connection-state') ?? 'Unknown',
          disk: stringAt(peer, 'peer-disk-state') ?? 'DUnknown',
          diskless: booleanAt(peer, 'peer-client') ?? false,
        }
      })
      return [
        {
          resource: stringAt(resource, 'name'),
          minor,
          disk: stringAt(device, 'disk-state') ?? 'Unknown',
          suspended: isSuspended(resource),
          quorum: booleanAt(device, 'quorum') ?? true,
          peers,
        },
      ]
    })
  })
}

/** A flag in older releases, in newer ones one for each cause: suspended-user, -no-data, -fencing, -quorum. */
function isSuspended(resource: Parameters<typeof booleanAt>[0]): boolean {
  const causes = ['suspended', 'suspended-user', 'suspended-no-data', 'suspended-fencing', 'suspended-quorum']
  return causes.some(cause => booleanAt(resource, cause) === true)
}
