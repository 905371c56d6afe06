import type { Finding, Rule } from '../finding.ts'

/** Agents that let the kernel's server export a directory. */
const EXPORTERS = new Set(['ocf:haha:nfs-ocfs2-export', 'ocf:heartbeat:exportfs', 'ocf:heartbeat:nfsserver'])

export const ocfs2Sync: Rule = {
  id: 'ocfs2-sync',
  about: 'OCFS2 is exported by NFS and mounted without sync: what clients synced is lost with its server.',
  check({ cib }) {
    const resources = cib?.resources ?? []
    if (!resources.some(({ agent }) => EXPORTERS.has(agent))) return []
    return resources.flatMap(({ id, agent, parameters }): readonly Finding[] => {
      const options = parameters.get('options') ?? ''
      if (agent !== 'ocf:heartbeat:Filesystem' || parameters.get('fstype') !== 'ocfs2') return []
      if (options.split(',').includes('sync')) return []
      const wanted = [...options.split(','), 'sync', 'commit=1'].filter(Boolean).join(',')
      return [
        {
          severity: 'critical',
          seen: `${id} mounts OCFS2 without the option sync, and this cluster exports by NFS`,
          why: 'OCFS2 tells nfsd "on disk" before it is: the death of the server loses up to 5 s of what clients wrote and synced (docs/storage.md). The new option counts from the next mount; mount -o remount,sync on every node until then.',
          crmsh: `crm resource param ${id} set options ${wanted}`,
          pcs: `pcs resource update ${id} options=${wanted}`,
        },
      ]
    })
  },
}
