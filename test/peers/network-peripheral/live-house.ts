import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { readSockets, type SocketSample } from '../../../agents/network-peripheral/socket-sample.ts'
import { readAnswer } from '../../../scripts/drill/answers.ts'
import type { Engine } from '../../../scripts/engine/engine.ts'
import { startStockedEngine } from '../../../scripts/engine/stocked.ts'
import { COORDINATOR_PORT } from '../../../scripts/house/coordinator.ts'
import { eventually } from '../eventually.ts'
import { HOUSE_IMAGES, startCoordinator, writeHouse } from '../stack.ts'

const LAMP_CLIENT = join(import.meta.dirname, '../../../scripts/show/run-lamp-client.ts')

/** Nobody asks Zigbee2MQTT for anything, or somebody toggles lamps twice a second. */
export type Traffic = 'idle' | 'busy'

/** Real Zigbee2MQTT with a real broker on an engine of its own, and a played coordinator. */
export interface LiveHouse {
  readonly session: string
  /** Names the process of Zigbee2MQTT. */
  readonly pidFile: string
  /** How many toggled lamps the radio has answered for. */
  answered(): number
  /** The kernel's account of Zigbee2MQTT's own connection. */
  sample(): Promise<SocketSample | undefined>
  /** The radio's firmware stops. */
  hang(): Promise<void>
  down(): Promise<void>
}

/** Starts a house and waits until Zigbee2MQTT has commissioned its radio. */
export async function liveHouse(name: string, traffic: Traffic): Promise<LiveHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'haha-live-'))
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const down = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const engine = await startStockedEngine({ name, version: 'newest' }, HOUSE_IMAGES)
    ends.push(() => engine.stop())
    const directory = join(folder, 'house')
    await writeHouse(directory, 'n1')
    const coordinator = await startCoordinator(engine, join(folder, 'radio.json'))
    ends.push(() => coordinator.close())
    const services = ['mosquitto', 'zigbee2mqtt']
    const up = await engine.compose(['-p', 'house', 'up', '-d', '--wait', ...services], { cwd: directory })
    if (up.exitCode !== 0) throw new Error(`the house does not come up: ${up.stderr}`)
    const pidFile = join(folder, 'z2m.pid')
    writeFileSync(pidFile, await zigbee2mqttPid(engine))
    const client = traffic === 'busy' ? toggleLampsFor(engine) : undefined
    if (client !== undefined) ends.push(() => client.end())
    const answered = client?.answered ?? (() => 0)
    await eventually(async () => {
      if (traffic === 'busy' && answered() === 0) throw new Error('no lamp has been toggled')
    })
    const sample = () => sampleIn(engine.netns)
    return {
      session: `127.0.0.1:${COORDINATOR_PORT}`,
      pidFile,
      answered,
      sample,
      hang: () => coordinator.hang(),
      down,
    }
  } catch (error) {
    await down()
    throw error
  }
}

async function zigbee2mqttPid(engine: Engine): Promise<string> {
  const inspect = ['inspect', '-f', '{{.State.Pid}}', 'house-zigbee2mqtt-1']
  const { exitCode, stdout, stderr } = await engine.docker(inspect)
  if (exitCode !== 0) throw new Error(`Zigbee2MQTT has no process: ${stderr}`)
  return `${stdout}\n`
}

function toggleLampsFor({ netns }: Engine): { readonly answered: () => number; readonly end: () => void } {
  const enter = [`--net=/run/netns/${netns}`, process.execPath, LAMP_CLIENT, '127.0.0.1']
  const child = spawn('nsenter', enter, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  let answered = 0
  createInterface({ input: child.stdout }).on('line', line => {
    if (readAnswer(line)?.ok === true) answered += 1
  })
  return { answered: () => answered, end: () => child.stdin.end() }
}

async function sampleIn(netns: string): Promise<SocketSample | undefined> {
  const list = ['ss', '-Htnioe', 'state', 'established', 'dport', '=', `:${COORDINATOR_PORT}`]
  const { stdout } = await execa('nsenter', [`--net=/run/netns/${netns}`, ...list])
  const read = readSockets(stdout, '127.0.0.1', COORDINATOR_PORT)
  return read.kind === 'samples' ? read.samples[0] : undefined
}
