import { expect, test } from 'vitest'
import { oneLine } from '../../../scripts/drill/one-line.ts'
import { neighbour } from '../../../scripts/show/network-addresses.ts'

test('an error is one line, and a full disk says what to do', () => {
  expect(oneLine(new Error('first\n    at somewhere'))).toBe('first')
  expect(oneLine(new Error('cp: error writing a: No space left on device'))).toMatch(
    /^the disk is full: .*free some gigabytes/,
  )
  expect(oneLine(Object.assign(new Error('write'), { code: 'ENOSPC' }))).toContain('the disk is full')
})

test('the address beside another one is found, and never that one itself', () => {
  const listing = `1: lo    inet 127.0.0.1/8 scope host lo
2: eth0    inet 10.78.0.100/24 scope global secondary eth0
2: eth0    inet 10.78.0.11/24 scope global eth0
3: eth1    inet 10.78.1.11/24 scope global eth1`
  expect(neighbour(listing, '10.78.0.100')).toBe('10.78.0.11')
  expect(neighbour(listing, '192.0.2.1')).toBeUndefined()
})
