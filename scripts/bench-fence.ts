import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { shellyRival } from '../test/peers/fence/rival-tree.ts'
import { playShelly2 } from '../test/peers/players/shelly2.ts'
import { playTasmota } from '../test/peers/players/tasmota.ts'
import { cpuTimes, type Measured } from './bench/cpu-time.ts'
import { holds, type Row, table } from './bench/limits.ts'
import { root } from './bundle.ts'
import { nodeExecutable } from './nodes.ts'

const rounds = 40
const password = 'played-password'
const agent = join(root, 'dist/sbin/fence_homelab')

interface Build {
  readonly name: string
  readonly node: string
  /**
   * Whether it is held to the limits. Debian's own builds start four times slower, and node 18 loads its
   * streams and promises with node:fs, for 7 ms: their figures are told.
   */
  readonly isHeld: boolean
}

async function builds(): Promise<readonly Build[]> {
  return [
    { name: 'official 18', node: await nodeExecutable('official-18'), isHeld: false },
    { name: 'official 20', node: await nodeExecutable('official-20'), isHeld: true },
    { name: 'official 22', node: realpathSync(process.execPath), isHeld: true },
    { name: "Debian 12's 18", node: await nodeExecutable('debian-12'), isHeld: false },
    { name: "Debian 13's 20", node: await nodeExecutable('debian-13'), isHeld: false },
  ]
}

/** All commands in one pass over the same played plugs, so that each ratio is of runs that stood side by side. */
async function measure(shellyPort: number, tasmotaPort: number): Promise<readonly Row[]> {
  const rival = await shellyRival()
  const theirs = (input: string): Measured => ({
    argv: ['/usr/bin/python3', rival.path],
    env: { PYTHONPATH: rival.library },
    input,
  })
  const at = (port: number) => `ip=127.0.0.1\nipport=${port}\npassword=${password}\n`
  const statusOf = (driver: string, port: number, plug: number) =>
    `action=status\ndriver=${driver}\nplug=${plug}\n${at(port)}`
  const tried = await builds()
  const inputs = [
    'action=metadata\n',
    statusOf('shelly2', shellyPort, 0),
    statusOf('tasmota', tasmotaPort, 1),
    'action=validate-all\ndriver=tasmota\nip=127.0.0.1\n',
  ]
  const own = tried.flatMap(({ node }) =>
    inputs.map((input): Measured => ({ argv: [node, agent], env: {}, input })),
  )
  const rivals = [theirs('action=metadata\n'), theirs(`action=status\nplug=0\n${at(shellyPort)}`)]
  const [metadata = [], status = [], ...times] = await cpuTimes([...rivals, ...own], rounds)
  return [
    { name: 'fence_shelly_gen2: metadata', times: metadata },
    { name: 'fence_shelly_gen2: status', times: status },
    ...tried.flatMap(({ name, isHeld }, build) => {
      const row = (at: number, what: string, of: 'metadata' | 'status' | undefined, most: number): Row => ({
        name: `${name}: ${what}`,
        times: times[build * inputs.length + at] ?? [],
        ...(of === undefined
          ? {}
          : {
              against: {
                name: `fence_shelly_gen2 ${of}`,
                times: of === 'metadata' ? metadata : status,
                ...(isHeld ? { limit: most } : {}),
              },
            }),
      })
      return [
        row(0, 'metadata', 'metadata', 0.6),
        row(1, 'status of a Shelly', 'status', 1),
        row(2, 'status of a Tasmota', 'status', 1),
        row(3, 'validate-all', undefined, 1),
      ]
    }),
  ]
}

async function main(): Promise<number> {
  const shelly = await playShelly2({ password, firmware: '1' })
  const tasmota = await playTasmota({ password })
  try {
    const rows = await measure(shelly.http.port, tasmota.http.port)
    process.stdout.write(`${table(rows)}\n`)
    return rows.every(holds) ? 0 : 1
  } finally {
    await shelly.http.close()
    await tasmota.http.close()
  }
}

process.exitCode = await main()
