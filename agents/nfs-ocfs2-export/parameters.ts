import { durationParameter } from '../../lib/ocf/duration.ts'
import { listParameter } from '../../lib/ocf/list-parameter.ts'
import type { ReadParameter } from '../../lib/ocf/parameter.ts'
import {
  booleanParameter,
  integerParameter,
  pathParameter,
  selectParameter,
  stringParameter,
} from '../../lib/ocf/parameters.ts'
import { readClient } from './clients.ts'

const directory = pathParameter({
  name: 'directory',
  shortdesc: 'Directory to export',
  longdesc:
    'Directory on the shared filesystem. It is exported only while it lies on the mounted filesystem of the expected type and device; no symbolic link may be in it.',
  example: '/srv/share',
  required: true,
  uniqueGroup: 'directory',
})

const clients = listParameter({
  name: 'clients',
  shortdesc: 'Who may mount it, and how: client=options',
  longdesc:
    'Entries of a client (address, network, host name, @netgroup or *) and its export options, separated by white space. fsid is added by the agent. Without an entry for 127.0.0.1 or * the agent exports to 127.0.0.1 too, with the options of the first entry, so that it can ask its own server.',
  example: '192.168.1.0/24=rw,no_root_squash,no_subtree_check',
  required: true,
  each: readClient,
  itemShape: 'client=options',
})

const fsid = stringParameter({
  name: 'fsid',
  shortdesc: 'Number or UUID by which clients know the export',
  longdesc:
    'The same on all nodes and of this export only, so that file handles stay valid after a move. Without it the handles carry the device number of the node, and clients get "stale file handle". 0 would make the export the root of NFSv4.',
  example: '42',
  required: true,
  uniqueGroup: 'fsid',
  pattern: /^(?:[1-9]\d{0,8}|[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12})$/,
  shape: 'a number from 1 to 999999999, or a UUID',
})

const device = pathParameter({
  name: 'device',
  shortdesc: 'Device the filesystem must be on',
  longdesc:
    'Compared with the mount table, by name and by number. Without it any device of the right type will do.',
  example: '/dev/drbd0',
})

const fstype = stringParameter({
  name: 'fstype',
  shortdesc: 'Type the filesystem must be of',
  longdesc: 'As the mount table shows it. Other types are for those without a cluster filesystem.',
  example: 'ocfs2',
  default: 'ocfs2',
  pattern: /^[a-z0-9._]{1,32}$/,
  shape: 'a filesystem type',
})

const mountpoint = pathParameter({
  name: 'mountpoint',
  shortdesc: 'Mount point the directory must lie under',
  longdesc: 'Without it the filesystem that the directory lies on decides.',
  example: '/srv',
})

const probeAddress = stringParameter({
  name: 'probe_address',
  shortdesc: 'Address at which the agent asks for the export',
  longdesc:
    'Where monitors of depth 10 and start send NFSv4 requests. The floating address is only right when it is started before the export; its own clients entry must then cover it.',
  example: '127.0.0.1',
  default: '127.0.0.1',
  pattern: /^[0-9a-fA-F.:]{2,45}$/,
  shape: 'an IP address',
  reloadable: true,
})

const probeTimeout = durationParameter({
  name: 'probe_timeout',
  shortdesc: 'How long an NFS answer may take',
  longdesc: 'For the whole conversation of one monitor.',
  example: '5s',
  default: '5s',
  minMs: 100,
  maxMs: 120_000,
  reloadable: true,
})

const probeFailures = integerParameter({
  name: 'probe_failures',
  shortdesc: 'Time-outs in a row that count as a failure',
  longdesc:
    'How many monitors in a row must get no NFS answer in time. A refused connection or a stale handle counts at once.',
  example: '2',
  default: '2',
  min: 1,
  max: 100,
  reloadable: true,
})

const unlockOnStop = booleanParameter({
  name: 'unlock_on_stop',
  shortdesc: 'Free what clients hold when the export stops',
  longdesc:
    'Otherwise the filesystem cannot be unmounted while a client holds a lock or an open file. Clients that also use another export of this server are left alone, and told.',
  example: 'true',
  default: 'true',
})

const drbdResource = stringParameter({
  name: 'drbd_resource',
  shortdesc: 'DRBD resource under the filesystem',
  longdesc:
    'Its connections and disks are watched, tiebreakers included; only read, never changed. For DRBD 8.4 the minor number of the device is enough and the name is not looked at.',
  example: 'share',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  shape: 'the name of a DRBD resource',
  reloadable: true,
})

const requireRedundancy = selectParameter({
  name: 'require_redundancy',
  shortdesc: 'What lost redundancy of DRBD means',
  longdesc:
    'degraded: monitor answers 190 while a peer is not connected or not up to date. warn: it is logged. Never a failure: moving does not bring the second leg back.',
  example: 'degraded',
  default: 'degraded',
  choices: ['degraded', 'warn'],
  reloadable: true,
})

const recoveryWait = durationParameter({
  name: 'recovery_wait',
  shortdesc: 'How long start waits for a filesystem in recovery',
  longdesc:
    'After the death of a peer OCFS2 blocks for 20 to 60 seconds until it has replayed the journal. Start waits this long for the directory to answer.',
  example: '90s',
  default: '90s',
  minMs: 0,
  maxMs: 3_600_000,
})

const stateDirectory = pathParameter({
  name: 'state_directory',
  shortdesc: 'Where the lock records of clients are kept',
  longdesc:
    'A directory on the same filesystem, best outside of the exported one. With it the agent runs nfsd and its daemons itself, so that locks are kept when the export moves or its node dies: disable nfs-server.service and the like. All exports that may share a node have the same one and move together. Without it nfsd is run by others, and a move loses locks.',
  example: '/srv/share/.nfs-records',
})

const serverScope = stringParameter({
  name: 'server_scope',
  shortdesc: 'Name of the NFS server that all nodes share',
  longdesc:
    'The same on all nodes, and of this cluster only. Clients of NFSv4.1 and later reclaim their locks only from a server of the scope they know; without it that is the host name. Required with state_directory.',
  example: 'haha-share',
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/,
  shape: 'a host name of at most 64 letters, digits and hyphens',
})

const serviceAddress = stringParameter({
  name: 'service_address',
  shortdesc: 'Floating address that clients mount',
  longdesc:
    'As soon as it is on this node, clients of NFSv3 are told to reclaim their locks. It must resolve to a name (/etc/hosts will do). Needed with state_directory for NFSv3 only.',
  example: '192.168.1.50',
  pattern: /^[0-9a-fA-F.:]{2,45}$/,
  shape: 'an IP address',
})

const grace = durationParameter({
  name: 'grace',
  shortdesc: 'How long clients may reclaim after a move',
  longdesc:
    'Lease and grace of NFSv4 and grace of NFSv3 of a server that the agent runs. Nobody gets a new lock meanwhile; NFSv4 ends it early once all known clients are back.',
  example: '90s',
  default: '90s',
  minMs: 10_000,
  maxMs: 3_600_000,
})

/** In the order in which they are documented. */
export const parameters = [
  directory,
  clients,
  fsid,
  device,
  fstype,
  mountpoint,
  probeAddress,
  probeTimeout,
  probeFailures,
  stateDirectory,
  serverScope,
  serviceAddress,
  grace,
  unlockOnStop,
  drbdResource,
  requireRedundancy,
  recoveryWait,
] as const

export type Settings = ReturnType<typeof readSettings>

export function readSettings(read: ReadParameter) {
  return {
    directory: read(directory),
    clients: read(clients),
    fsid: read(fsid),
    device: read(device),
    fstype: read(fstype),
    mountpoint: read(mountpoint),
    probeAddress: read(probeAddress),
    probeTimeoutMs: read(probeTimeout),
    probeFailures: read(probeFailures),
    stateDirectory: read(stateDirectory),
    serverScope: read(serverScope),
    serviceAddress: read(serviceAddress),
    graceMs: read(grace),
    unlockOnStop: read(unlockOnStop),
    drbdResource: read(drbdResource),
    redundancyDegrades: read(requireRedundancy) === 'degraded',
    recoveryWaitMs: read(recoveryWait),
  }
}
