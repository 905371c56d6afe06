import type { Mount } from '../../lib/host/mounts.ts'
import type { DegradedReason } from '../../lib/ocf/agent.ts'

/**
 * nfsd marks a single write as stable (`IOCB_DSYNC`), as a client's fsync of a few pages asks for. OCFS2 looks at
 * the flags of the open file and at the mount instead (fs/ocfs2/file.c, `ocfs2_file_write_iter`; so in Linux 6.1), so
 * without `sync` the client is told "on disk" up to a commit interval, 5 seconds, before it is.
 *
 * @param isWritable clients may write
 */
export function durabilityFaults(
  { fstype, options, mountPoint }: Mount,
  isWritable: boolean,
): readonly DegradedReason[] {
  if (fstype !== 'ocfs2' || !isWritable || options.includes('sync')) return []
  return [
    {
      key: 'mounted_async',
      reason: `${mountPoint} is mounted without sync: writes that NFS clients believe safe are lost when this node dies: mount -o remount,sync it, and configure that`,
    },
  ]
}
