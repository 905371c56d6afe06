import { kernelText } from '../../lib/host/processes.ts'

/** What the kernel could still hand out, in MiB; undefined when it does not tell. */
export function availableMemoryMb(): number | undefined {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(kernelText('/proc/meminfo'))?.[1]
  return kilobytes === undefined ? undefined : Math.floor(Number(kilobytes) / 1024)
}

export function memoryFault(wantedMb: number): string | undefined {
  const available = availableMemoryMb()
  return available === undefined || available >= wantedMb
    ? undefined
    : `host memory: ${available} MiB are available, min_free_memory is ${wantedMb}: the kernel would end the runner`
}
