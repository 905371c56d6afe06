import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { FedDevice } from '../../../scripts/house/fed-device.ts'
import { toggleLamps } from '../../../scripts/show/lamps.ts'

const folder = mkdtempSync(join(tmpdir(), 'haha-fed-'))
const file = join(folder, 'state.json')
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function port(admin: 1 | 2): void {
  const ports = { 1: { admin, offs: 0, readOff: 0 } }
  writeFileSync(`${file}.new`, JSON.stringify({ ports, addresses: {} }))
  renameSync(`${file}.new`, file)
}

test('a device dies with the power of its port and boots anew with it', async () => {
  port(1)
  const story: string[] = []
  const device = new FedDevice(
    file,
    '1',
    async () => {
      story.push('boots')
      return {
        hang: async () => void story.push('hangs'),
        resume: async () => {},
        close: async () => void story.push('dies'),
      }
    },
    1,
  )
  device.onPower(powered => story.push(powered ? 'on' : 'off'))
  await device.begin()
  await device.hang()
  port(2)
  await vi.waitFor(() => expect(story).toContain('dies'))
  expect(device.powered).toBe(false)
  port(1)
  await vi.waitFor(() => expect(story).toEqual(['boots', 'hangs', 'off', 'dies', 'on', 'boots']))
  await device.end()
  expect(story.at(-1)).toBe('dies')
})

test('the lamps are toggled by one frame to their group, told by its transaction', () => {
  expect(JSON.parse(toggleLamps('t1'))).toMatchObject({
    action: 'raw',
    transaction: 't1',
    params: { group_id: 1, cluster_key: 'genOnOff', zcl: { command_key: 'toggle' } },
  })
})
