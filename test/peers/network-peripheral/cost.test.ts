import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stateFolder } from '../../../lib/ocf/state-file.ts'
import { root } from '../../../scripts/bundle.ts'
import { nodeExecutable } from '../../../scripts/nodes.ts'
import { environmentOf } from '../../executor.ts'
import { forKeptCode, moduleListing, withNodeFs } from '../loaded-modules.ts'

const bundle = join(root, 'dist/ocf/haha/network-peripheral')
const instance = 'p_cost'
const folder = mkdtempSync(join(tmpdir(), 'haha-cost-'))
const started = join(folder, 'started')
const listing = moduleListing(folder)
const sockets = new Set<Socket>()
const coordinator = createServer(socket => sockets.add(socket))

beforeAll(async () => {
  for (const name of ['ping', 'ss', 'attrd_updater']) {
    const real = name === 'attrd_updater' ? '/bin/true' : (await execa('which', [name])).stdout
    writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} >>${started}\nexec ${real} "$@"\n`, {
      mode: 0o755,
    })
  }
  await new Promise<void>(resolve => coordinator.listen(0, '127.0.0.1', resolve))
  const address = coordinator.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  await new Promise<void>(resolve => {
    const session = connect({ host: '127.0.0.1', port }, resolve)
    sockets.add(session)
  })
  parameters.session = `127.0.0.1:${port}`
})

afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  coordinator.close()
  rmSync(folder, { recursive: true, force: true })
  for (const kind of ['json', 'durations.json'])
    rmSync(`${stateFolder}/network-peripheral-${instance}.${kind}`, { force: true })
})

const parameters: Record<string, string> = {
  name: 'coordinator',
  targets: 'icmp://127.0.0.1 icmp://127.0.0.2',
}

async function act(node: string, action: string, preload: readonly string[] = []) {
  const environment = environmentOf({ action, instance, parameters, intervalMs: 15_000 }, 30_000)
  return await execa(node, [...preload, bundle, action], {
    env: { ...environment, PATH: folder },
    extendEnv: false,
    reject: false,
    cwd: '/',
  })
}

/** Figures in milliseconds are those of `npm run bench:peripheral`; no busy machine can falsify these. */
test.each(['official-20', 'debian-12'] as const)(
  'a healthy look at two targets starts a ping each, one ss and one attrd_updater, and loads no further module, with node %s',
  async build => {
    const node = await nodeExecutable(build)
    expect(await act(node, 'start')).toMatchObject({ exitCode: 0 })
    // The first one unpacks its program, and leaves it compiled for those that follow.
    await act(node, 'monitor')
    rmSync(started)
    expect(await act(node, 'monitor', listing.preload)).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '',
    })
    const children = readFileSync(started, 'utf8').trim().split('\n').sort()
    expect(children).toEqual(['attrd_updater', 'ping', 'ping', 'ss'])
    expect(listing.loaded().filter(name => ![...withNodeFs, forKeptCode].includes(name))).toEqual([])
    expect(await act(node, 'stop')).toMatchObject({ exitCode: 0 })
  },
)
