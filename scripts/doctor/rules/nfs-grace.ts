import { anyShell, type Rule } from '../finding.ts'

/** Slow clients were seen to need more than 30 s, and 90 s, the kernel's own value, held. */
const longEnoughSeconds = 60

export const nfsGrace: Rule = {
  id: 'nfs-grace',
  about: 'The NFS server gives clients too little time to reclaim their locks after a move.',
  check({ nfs, cib }) {
    const exports = /^ocf:(haha:nfs-ocfs2-export|heartbeat:(exportfs|nfsserver))$/
    if (nfs === undefined || cib?.resources.some(({ agent }) => exports.test(agent)) !== true) return []
    const { graceSeconds, leaseSeconds } = nfs
    const needed = Math.max(leaseSeconds, longEnoughSeconds)
    if (graceSeconds >= needed) return []
    return [
      {
        severity: 'warning',
        seen: `the NFS server's grace is ${graceSeconds} s${graceSeconds < leaseSeconds ? `, its lease ${leaseSeconds} s` : ''}`,
        why: 'A client that comes back after the grace has lost its locks for good: databases on it find their files stale. A client looks again only after its lease.',
        ...anyShell(
          `nfsconf --set nfsd grace-time ${Math.max(needed, 90)}   # on every node; nfsd takes it at its next start`,
        ),
      },
    ]
  },
}
