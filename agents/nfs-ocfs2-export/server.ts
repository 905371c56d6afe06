import { kernelText } from '../../lib/host/processes.ts'

/**
 * How many threads nfsd has; 0 when it does not run. From the statistics, which are read without a lock:
 * /proc/fs/nfsd/threads waits for whoever starts or stops nfsd just now.
 */
export function nfsdThreads(): number {
  return threadsIn(kernelText('/proc/net/rpc/nfsd'))
}

/** The line `th THREADS ...` of /proc/net/rpc/nfsd. */
export function threadsIn(text: string): number {
  return Number(/^th (\d+)/m.exec(text)?.[1] ?? 0)
}
