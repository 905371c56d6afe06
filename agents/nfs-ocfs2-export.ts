import type { Agent } from '../lib/ocf/agent.ts'
import type { AgentDefinition } from '../lib/ocf/definition.ts'
import { checkHost } from './nfs-ocfs2-export/host-check.ts'
import { lookAtExport } from './nfs-ocfs2-export/look.ts'
import { parameters, readSettings, type Settings } from './nfs-ocfs2-export/parameters.ts'
import { startExport } from './nfs-ocfs2-export/start.ts'
import { forceStopExport, stopExport } from './nfs-ocfs2-export/stop.ts'

const definition: AgentDefinition = {
  name: 'nfs-ocfs2-export',
  shortdesc: 'Exports a directory of a cluster filesystem by NFS, and watches what clients get',
  longdesc: `Exports one directory through the kernel's NFS server, and only while it lies on the mounted filesystem of the expected type and device: clients never get the empty directory under a missing mount.

Monitors of depth 10 ask the server as a client does and tell a stale file handle from a slow, a refusing and a waiting server; a stale one is cured in place by exporting that one directory anew. Depth 20 writes, syncs and reads back. Nothing waits for the filesystem: a hung one cannot hold a monitor or a stop up.

With state_directory and server_scope the agent runs the NFS server itself and keeps the lock records of clients on the shared filesystem: locks of NFSv4 and NFSv3 survive a move and the death of a node. Records come first, then nfsd with a grace in which clients reclaim.

The storage is watched beside it: the heartbeat of OCFS2, hung tasks, and every peer of DRBD. A lost second leg is told as degraded, because moving the export does not bring it back.`,
  parameters,
  actions: [
    { name: 'start', timeoutSeconds: 180 },
    { name: 'stop', timeoutSeconds: 90 },
    { name: 'monitor', timeoutSeconds: 20, intervalSeconds: 10, depth: 0 },
    { name: 'monitor', timeoutSeconds: 30, intervalSeconds: 30, depth: 10 },
    { name: 'monitor', timeoutSeconds: 60, intervalSeconds: 300, depth: 20 },
    { name: 'reload-agent', timeoutSeconds: 60 },
    { name: 'validate-all', timeoutSeconds: 60 },
    { name: 'meta-data', timeoutSeconds: 5 },
  ],
  requirements: [{ binary: 'exportfs', debianPackage: 'nfs-kernel-server' }],
  example: `primitive p_export ocf:haha:nfs-ocfs2-export \\
  params directory=/srv/share fsid=42 device=/dev/drbd0 drbd_resource=share \\
    clients="192.168.1.0/24=rw,no_root_squash,no_subtree_check" \\
    state_directory=/srv/share/.nfs-records server_scope=haha-share service_address=192.168.1.50 \\
  op start timeout=180s interval=0 \\
  op stop timeout=90s interval=0 \\
  op monitor interval=10s timeout=20s \\
  op monitor interval=30s timeout=30s OCF_CHECK_LEVEL=10 \\
  op monitor interval=300s timeout=60s OCF_CHECK_LEVEL=20`,
  nonGoals: [
    'It does not mount the filesystem and does not change DRBD: ocf:heartbeat:Filesystem and ocf:linbit:drbd do.',
    'Without state_directory it does not start nfsd: nfs-server.service or ocf:heartbeat:nfsserver does, and locks are lost in a move.',
    'It does not carry locks between two servers that serve at once: exports that may share a node move together, in one group.',
    'It does not hold the floating address: ocf:heartbeat:IPaddr2 does.',
    'It does not read or write /etc/exports.',
  ],
}

export const agent: Agent<Settings> = {
  definition,
  settings: readSettings,
  contradictions: ({ stateDirectory, serverScope }) =>
    stateDirectory !== undefined && serverScope === undefined
      ? [
          {
            kind: 'configuration',
            text: 'state_directory needs server_scope: a name of the NFS server, the same on all nodes; example: server_scope=haha-share',
          },
        ]
      : [],
  checkHost,
  look: lookAtExport,
  start: startExport,
  stop: stopExport,
  forceStop: forceStopExport,
  samples: async action => (await import('./nfs-ocfs2-export/metrics.ts')).samples(action),
}
