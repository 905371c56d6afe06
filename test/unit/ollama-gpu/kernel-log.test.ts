import { expect, test } from 'vitest'
import {
  fatalXid,
  type KernelRecord,
  outOfMemoryKill,
  xidReason,
} from '../../../agents/ollama-gpu/kernel-log.ts'

const records = (...texts: readonly string[]): readonly KernelRecord[] =>
  texts.map((text, at) => ({ sequence: at, atUs: at * 1_000_000, text }))
const fatal = [79, 62, 95]

test('the newest Xid that condemns the GPU is taken, others are passed over', () => {
  const log = records(
    'NVRM: Xid (PCI:0000:01:00): 62, pid=1',
    'NVRM: Xid (PCI:0000:01:00): 95, pid=2, Uncontained ECC error',
    'NVRM: Xid (PCI:0000:01:00): 13, Graphics Exception',
    'usb 1-1: NVRM: Xid (PCI:0000:01:00): 79',
  )
  expect(fatalXid(log, fatal, -1)).toEqual({ number: 95, sequence: 1, bus: '0000:01:00' })
})

test('one that was told before is history, unless only a restart of the machine helps', () => {
  const log = records(
    'NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus.',
    'NVRM: Xid (PCI:0000:01:00): 95',
  )
  expect(fatalXid(log, fatal, 0)?.number).toBe(95)
  expect(fatalXid(log, fatal, 1)?.number).toBe(79)
  expect(fatalXid(log.slice(1), fatal, 1)).toBeUndefined()
})

test('the reason names the cure of each', () => {
  expect(xidReason({ number: 79, sequence: 0, bus: '0000:01:00' })).toMatch(
    /off the bus.*: restart the machine$/,
  )
  expect(xidReason({ number: 95, sequence: 0, bus: '0000:01:00' })).toMatch(
    /: reset it .* or restart the machine$/,
  )
})

test('what the OOM killer ended before the load began is not blamed for it', () => {
  const log = records(
    'Out of memory: Killed process 11 (firefox) total-vm:1kB',
    'Memory cgroup out of memory: Killed process 12 (ollama) total-vm:1kB',
  )
  expect(outOfMemoryKill(log, 0)).toBe('12 (ollama)')
  expect(outOfMemoryKill(log.slice(0, 1), 500)).toBeUndefined()
})
