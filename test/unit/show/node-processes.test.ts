import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { addressAfter } from '../../../scripts/show/network-addresses.ts'
import { commandsBelow, commandsIn } from '../../../scripts/show/node-processes.ts'

const proc = mkdtempSync(join(tmpdir(), 'haha-proc-'))
afterEach(() => rmSync(proc, { recursive: true, force: true }))

test("a node's processes are told by their command lines, one that just ended without a word", () => {
  const process = (pid: string, line: string) => {
    mkdirSync(join(proc, pid), { recursive: true })
    writeFileSync(join(proc, pid, 'cmdline'), line)
  }
  process('1', '/usr/bin/node\0/usr/local/bin/ollama\0serve\0')
  mkdirSync(join(proc, '2'))
  process('self', 'not a process\0')
  expect(commandsBelow(proc)).toEqual([['/usr/bin/node', '/usr/local/bin/ollama', 'serve'], ['']])
})

test('a node that is off has none', () => {
  expect(commandsIn(undefined)).toEqual([])
  expect(commandsBelow(join(proc, 'gone'))).toEqual([])
})

test('the address beside the house is the next one', () => {
  expect(addressAfter('10.77.0.100')).toBe('10.77.0.101')
})
