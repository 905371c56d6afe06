import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { stateFolder } from '../lib/ocf/state-file.ts'
import { environmentOf } from '../test/executor.ts'
import { allBuilds } from './bench/builds.ts'
import { cpuTimes, median } from './bench/cpu-time.ts'
import { holds, type Row, table } from './bench/limits.ts'
import { root } from './bundle.ts'

const rounds = 40
const instance = 'p_bench-peripheral'
const agent = join(root, 'dist/ocf/haha/network-peripheral')
/** Most that the agent's own process may cost of node itself; its children are other people's programs. */
const ofBare = 1.6

/** A connection like that of Zigbee2MQTT to its coordinator, with a word a second. */
async function startSession(): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('data', () => socket.write('answer'))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const client = connect({ host: '127.0.0.1', port })
  sockets.add(client)
  const talk = setInterval(() => client.write('request'), 1000)
  return {
    port,
    close() {
      clearInterval(talk)
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Has node note, on its exit, the processor time of its own threads: what waits for it hears of its children's, too. */
function noteOwnTime(folder: string): { readonly preload: string; read(): number } {
  const noted = join(folder, 'noted')
  const preload = join(folder, 'note.cjs')
  writeFileSync(
    preload,
    `process.once('exit', () => {
      const { user, system } = process.cpuUsage()
      require('node:fs').writeFileSync(${JSON.stringify(noted)}, String((user + system) / 1000))
    })`,
  )
  return { preload, read: () => Number(readFileSync(noted, 'utf8')) }
}

async function measure(folder: string, port: number): Promise<readonly Row[]> {
  const note = noteOwnTime(folder)
  const empty = join(folder, 'empty.cjs')
  writeFileSync(empty, '')
  // What the cluster's own tool costs is not the agent's: it is started all the same.
  symlinkSync('/bin/true', join(folder, 'attrd_updater'))
  const parameters = {
    name: 'coordinator',
    targets: 'icmp://127.0.0.1 icmp://127.0.0.2',
    session: `127.0.0.1:${port}`,
  }
  const environment = (action: string, more = {}) => ({
    ...environmentOf({ action, instance, parameters, ...more }, 30_000),
    PATH: `${folder}:/usr/sbin:/usr/bin:/sbin:/bin`,
  })
  const rows: Row[] = []
  for (const { name, node } of (await allBuilds()).filter(({ isOldest }) => !isOldest)) {
    await execa(node, [agent, 'start'], { env: environment('start'), extendEnv: false })
    const monitor = environment('monitor', { intervalMs: 15_000 })
    const bare: number[] = []
    const own: number[] = []
    const ends: number[] = []
    for (let round = -2; round < rounds; round += 1) {
      const [[whole = 0] = []] = await cpuTimes(
        [{ argv: [node, '--require', note.preload, empty], env: {} }],
        1,
      )
      const noted = note.read()
      await execa(node, ['--require', note.preload, agent, 'monitor'], {
        env: monitor,
        extendEnv: false,
        cwd: '/',
      })
      // The first two fill the caches of the disk, and leave the compiled program behind.
      if (round < 0) continue
      bare.push(whole)
      ends.push(whole - noted)
      own.push(note.read())
    }
    // What node's own end costs after the note is taken to be the same for both.
    const end = median(ends)
    await execa(node, [agent, 'stop'], { env: environment('stop'), extendEnv: false })
    rows.push(
      { name: `${name}: bare`, times: bare },
      {
        name: `${name}: monitor, two pings, ss and attrd_updater: own process`,
        times: own.map(time => time + end),
        against: { name: 'bare', times: bare, limit: ofBare },
      },
    )
  }
  return rows
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'haha-bench-'))
  const session = await startSession()
  try {
    const rows = await measure(folder, session.port)
    process.stdout.write(`${table(rows)}\n`)
    return rows.every(holds) ? 0 : 1
  } finally {
    session.close()
    rmSync(folder, { recursive: true, force: true })
    for (const kind of ['json', 'durations.json'])
      rmSync(`${stateFolder}/network-peripheral-${instance}.${kind}`, { force: true })
  }
}

process.exitCode = await main()
