import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { liveContainers, serviceOf } from '../../../scripts/show/containers.ts'

const ID = 'a1'.repeat(32)
const OTHER = 'b2'.repeat(32)
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-groups-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function group(path: string, processes: string): void {
  mkdirSync(join(folder, path), { recursive: true })
  writeFileSync(join(folder, path, 'cgroup.procs'), processes)
}

test('a container counts by a process in its own group, whichever driver named it', () => {
  group('n1/system.slice/docker.service', '12\n')
  group(`n1/docker/${ID}`, '34\n')
  group(`n1/system.slice/docker-${OTHER}.scope`, '56\n')
  expect(liveContainers(join(folder, 'n1')).sort()).toEqual([ID, OTHER])
})

test('an empty group is no running container, a process in a group below it is', () => {
  group(`n1/docker/${ID}`, '')
  expect(liveContainers(join(folder, 'n1'))).toEqual([])
  group(`n1/docker/${ID}/init`, '78\n')
  expect(liveContainers(join(folder, 'n1'))).toEqual([ID])
  expect(liveContainers(join(folder, 'gone'))).toEqual([])
})

test("a container's service is read from the engine's own file", () => {
  const config = join(folder, 'containers', ID)
  mkdirSync(config, { recursive: true })
  writeFileSync(
    join(config, 'config.v2.json'),
    JSON.stringify({ Config: { Labels: { 'com.docker.compose.service': 'mosquitto' } } }),
  )
  expect(serviceOf(folder, ID)).toBe('mosquitto')
  writeFileSync(join(config, 'config.v2.json'), '{"Config":')
  expect(serviceOf(folder, ID)).toBeUndefined()
  expect(serviceOf(folder, OTHER)).toBeUndefined()
})
