import { type ChildProcess, spawn } from 'node:child_process'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Engine } from '../../scripts/engine/engine.ts'
import type { ImageName } from '../../scripts/engine/images.ts'

/** Services of the played house and the port of each on 127.0.0.1 of the engine's network namespace. */
export const HOUSE_PORTS = {
  mosquitto: 1883,
  'node-red': 1880,
  zigbee2mqtt: 8080,
  'home-assistant': 8123,
  esphome: 6052,
} as const

export const HOUSE_IMAGES: readonly ImageName[] = [
  'haha/busybox:1',
  'haha/mosquitto:2',
  'haha/node-red:5',
  'haha/standin:1',
  'haha/zigbee2mqtt:2',
]

export const QUICK_IMAGES: readonly ImageName[] = ['haha/busybox:1', 'haha/standin:1']

const COORDINATOR_PORT = 6638
const MOSQUITTO_USER = 1883

/**
 * Writes the compose directory of a whole house: real Mosquitto, Node-RED and Zigbee2MQTT, stand-ins for
 * Home Assistant and ESPHome. Zigbee2MQTT wants a coordinator on port 6638: see `startCoordinator`.
 *
 * @param node the name the stand-ins answer with and write into their heartbeat file `heartbeat/NAME`
 */
export async function writeHouse(directory: string, node: string): Promise<void> {
  const folders = ['mosquitto/config', 'mosquitto/data', 'node-red', 'zigbee2mqtt', 'heartbeat']
  for (const folder of folders) await mkdir(join(directory, folder), { recursive: true })
  await chown(join(directory, 'mosquitto/data'), MOSQUITTO_USER, MOSQUITTO_USER)
  await writeFile(join(directory, 'mosquitto/config/mosquitto.conf'), MOSQUITTO_CONF)
  await writeFile(join(directory, 'node-red/settings.js'), NODE_RED_SETTINGS)
  await writeFile(join(directory, 'zigbee2mqtt/configuration.yaml'), ZIGBEE2MQTT_CONFIGURATION)
  await writeFile(join(directory, 'compose.yaml'), houseYaml(node))
}

/** Writes a compose directory that is up in a second: two stand-ins and a service that only sleeps. */
export async function writeQuickStack(directory: string, node: string): Promise<void> {
  await mkdir(join(directory, 'heartbeat'), { recursive: true })
  await writeFile(join(directory, 'compose.yaml'), quickYaml(node))
}

/** A coordinator in the engine's network namespace; it ends with the engine or with this process. */
export interface StackCoordinator {
  /** The radio's firmware stops, its TCP bridge stays up. */
  hang(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

export async function startCoordinator(engine: Engine, memory: string): Promise<StackCoordinator> {
  const player = join(import.meta.dirname, 'players/run-zigbee-coordinator.ts')
  const args = ['--port', String(COORDINATOR_PORT), '--memory', memory]
  const enter = [`--net=/run/netns/${engine.netns}`, process.execPath, player, ...args]
  const child = spawn('nsenter', enter, { stdio: ['pipe', 'pipe', 'inherit'] })
  const output = createInterface({ input: child.stdout })
  const said = (word: string): Promise<void> =>
    new Promise((resolve, reject) => {
      output.on('line', line => line.startsWith(word) && resolve())
      child.once('exit', code => reject(new Error(`the played coordinator ended with ${code}`)))
    })
  await said('listening')
  const order = (word: string): Promise<void> => {
    const done = said(word)
    child.stdin.write(`${word}\n`)
    return done
  }
  return { hang: () => order('hang'), resume: () => order('resume'), close: () => ended(child) }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

/** Asks a service from inside the engine's network namespace. */
export async function httpAnswer(engine: Engine, url: string): Promise<{ status: number; body: string }> {
  const ask = `fetch(process.argv[1]).then(async r => console.log(r.status + ' ' + await r.text()))`
  const { exitCode, stdout, stderr } = await engine.inside(process.execPath, ['-e', ask, url], {
    timeout: 5_000,
  })
  if (exitCode !== 0) throw new Error(`${url} did not answer: ${stderr.split('\n').slice(0, 8).join(' ')}`)
  return { status: Number(stdout.slice(0, 3)), body: stdout.slice(4) }
}

const MOSQUITTO_CONF = `listener 1883
allow_anonymous true
persistence true
persistence_location /mosquitto/data/
`

const NODE_RED_SETTINGS = `module.exports = {
  uiPort: 1880,
  flowFile: 'flows.json',
  credentialSecret: 'a test house',
  telemetry: { enabled: false, updateNotification: false },
}
`

const ZIGBEE2MQTT_CONFIGURATION = `mqtt:
  base_topic: zigbee2mqtt
  server: mqtt://127.0.0.1:1883
serial:
  port: tcp://127.0.0.1:${COORDINATOR_PORT}
  adapter: zstack
frontend:
  enabled: true
  port: 8080
advanced:
  log_output: [console]
  channel: 15
  pan_id: 6754
  ext_pan_id: [221, 221, 221, 221, 221, 221, 221, 222]
  network_key: [1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 13]
`

const healthcheck = (url: string, startPeriod: number): string => `
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "${url}"]
      interval: 2s
      timeout: 2s
      retries: 3
      start_period: ${startPeriod}s`

const houseYaml = (node: string): string => `services:
  mosquitto:
    image: haha/mosquitto:2
    restart: unless-stopped
    ports: ["127.0.0.1:1883:1883"]
    volumes: [./mosquitto/config:/mosquitto/config, ./mosquitto/data:/mosquitto/data]
  zigbee2mqtt:
    image: haha/zigbee2mqtt:2
    restart: unless-stopped
    network_mode: host
    depends_on: {mosquitto: {condition: service_healthy}}
    volumes: [./zigbee2mqtt:/data]${healthcheck('http://127.0.0.1:8080/', 30)}
  node-red:
    image: haha/node-red:5
    restart: unless-stopped
    ports: ["127.0.0.1:1880:1880"]
    volumes: [./node-red:/data]${healthcheck('http://127.0.0.1:1880/', 30)}
  home-assistant:
    image: haha/standin:1
    restart: unless-stopped
    environment: {STANDIN_PORT: 8123, STANDIN_NODE: ${node}, STANDIN_HEARTBEAT: /heartbeat/home-assistant}
    ports: ["127.0.0.1:8123:8123"]
    volumes: [./heartbeat:/heartbeat]
  esphome:
    image: haha/standin:1
    restart: unless-stopped
    environment: {STANDIN_PORT: 6052, STANDIN_NODE: ${node}, STANDIN_HEARTBEAT: /heartbeat/esphome}
    ports: ["127.0.0.1:6052:6052"]
    volumes: [./heartbeat:/heartbeat]
`

const quickYaml = (node: string): string => `services:
  web:
    image: haha/standin:1
    environment: {STANDIN_PORT: 8123, STANDIN_NODE: ${node}, STANDIN_HEARTBEAT: /heartbeat/web}
    ports: ["127.0.0.1:8123:8123"]
    volumes: [./heartbeat:/heartbeat]
    stop_grace_period: 1s
  api:
    image: haha/standin:1
    environment: {STANDIN_PORT: 6052, STANDIN_NODE: ${node}}
    ports: ["127.0.0.1:6052:6052"]
    stop_grace_period: 1s
  worker:
    image: haha/busybox:1
    init: true
    stop_grace_period: 1s
`
