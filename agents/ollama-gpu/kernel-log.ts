import { closeSync, constants, openSync, readSync } from 'node:fs'

/** One record of the kernel's own log. */
export interface KernelRecord {
  readonly sequence: number
  /** Microseconds since boot. */
  readonly atUs: number
  readonly text: string
}

/** An Xid error of the NVIDIA driver. */
export interface Xid {
  readonly number: number
  readonly sequence: number
  /** PCI address: `0000:01:00`. */
  readonly bus: string
}

/** A GPU that fell off the bus comes back only with a restart of the machine. */
const offTheBus = 79

/** The ring of a talkative kernel holds a few thousand records. */
const mostRecords = 100_000

/**
 * Reads /dev/kmsg (Documentation/ABI/testing/dev-kmsg) from its oldest record to its newest, without
 * waiting for more. Records that programs wrote into it are left out: their facility is not the kernel's.
 */
export function readKernelLog(): readonly KernelRecord[] {
  let descriptor: number
  try {
    descriptor = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return []
  }
  const chunk = Buffer.alloc(16_384)
  let text = ''
  try {
    for (let count = 0; count < mostRecords; count += 1) {
      const size = readRecord(descriptor, chunk)
      if (size === 0) break
      text += chunk.toString('latin1', 0, size)
    }
  } finally {
    closeSync(descriptor)
  }
  return text.split('\n').flatMap(parseRecord)
}

/** The size of the next record, 0 at the end. */
function readRecord(descriptor: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk)
    } catch (cause) {
      // EPIPE: it was overwritten while we read; the next read goes on with the oldest that is left.
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EPIPE')) return 0
    }
  }
}

function parseRecord(line: string): KernelRecord[] {
  const match = /^(\d+),(\d+),(\d+),[^;]*;(.*)$/.exec(line)
  if (match === null || Number(match[1]) >= 8) return []
  return [{ sequence: Number(match[2]), atUs: Number(match[3]), text: match[4] ?? '' }]
}

/** The newest fatal Xid that counts: one that was told before does not, unless only a restart helps. */
export function fatalXid(
  records: readonly KernelRecord[],
  fatal: readonly number[],
  told: number,
): Xid | undefined {
  return records
    .flatMap(({ sequence, text }) => {
      const [, bus, number] = /^NVRM: Xid \(PCI:([\da-f:.]+)\): (\d+)/i.exec(text) ?? []
      return bus === undefined ? [] : [{ sequence, bus, number: Number(number) }]
    })
    .filter(({ number, sequence }) => fatal.includes(number) && (sequence > told || number === offTheBus))
    .at(-1)
}

/** What happened to the GPU and how it is cured. */
export function xidReason({ number, bus }: Xid): string {
  return number === offTheBus
    ? `GPU ${bus} has fallen off the bus (Xid ${number}): restart the machine`
    : `GPU ${bus} failed with Xid ${number}: reset it (nvidia-smi -r) or restart the machine`
}

/** The process that the OOM killer ended last, since a moment after boot. */
export function outOfMemoryKill(records: readonly KernelRecord[], sinceMs: number): string | undefined {
  return records
    .filter(({ atUs }) => atUs / 1000 >= sinceMs)
    .flatMap(
      ({ text }) =>
        /^(?:Memory cgroup out|Out) of memory: Killed process (\d+ \([^)]*\))/.exec(text)?.[1] ?? [],
    )
    .at(-1)
}
