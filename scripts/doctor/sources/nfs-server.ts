import { kernelText } from '../../../lib/host/processes.ts'

/** Times of the kernel's NFS server. */
export interface NfsServer {
  readonly threads: number
  /** How long clients may reclaim their locks after a start; a move is a start for them. */
  readonly graceSeconds: number
  /** How long a client that says nothing keeps its locks. */
  readonly leaseSeconds: number
}

/** Undefined where no server runs. Kernel memory only. */
export function lookAtNfsServer(folder = '/proc/fs/nfsd'): NfsServer | undefined {
  const number = (name: string) => {
    const text = kernelText(`${folder}/${name}`)
    return /^\d{1,9}\s*$/.test(text) ? Number(text) : undefined
  }
  const threads = number('threads') ?? 0
  const graceSeconds = number('nfsv4gracetime')
  const leaseSeconds = number('nfsv4leasetime')
  return threads === 0 || graceSeconds === undefined || leaseSeconds === undefined
    ? undefined
    : { threads, graceSeconds, leaseSeconds }
}
