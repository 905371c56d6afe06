import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../scripts/engine/engine.ts'
import type { ImageName } from '../../scripts/engine/images.ts'
import {
  COORDINATOR_PORT,
  type HouseCoordinator,
  startCoordinator as playCoordinator,
} from '../../scripts/house/coordinator.ts'
import { writeHouseFiles } from '../../scripts/house/files.ts'

export { HOUSE_IMAGES, HOUSE_PORTS } from '../../scripts/house/services.ts'

export const QUICK_IMAGES: readonly ImageName[] = ['haha/busybox:1', 'haha/standin:1']

/**
 * Writes the compose directory of a whole house: real Mosquitto, Node-RED and Zigbee2MQTT, stand-ins for
 * Home Assistant and ESPHome. Zigbee2MQTT wants a coordinator on port 6638: see `startCoordinator`.
 *
 * @param node the name the stand-ins answer with and write into their heartbeat file `heartbeat/NAME`
 */
export const writeHouse = (directory: string, node: string): Promise<void> =>
  writeHouseFiles(directory, {
    node,
    published: '127.0.0.1',
    coordinator: `127.0.0.1:${COORDINATOR_PORT}`,
  })

/** Writes a compose directory that is up in a second: two stand-ins and a service that only sleeps. */
export async function writeQuickStack(directory: string, node: string): Promise<void> {
  await mkdir(join(directory, 'heartbeat'), { recursive: true })
  await writeFile(join(directory, 'compose.yaml'), quickYaml(node))
}

/** A coordinator in the engine's network namespace; it ends with this process at the latest. */
export const startCoordinator = (engine: Engine, memory: string): Promise<HouseCoordinator> =>
  playCoordinator(engine.netns, '127.0.0.1', memory)

/** Asks a service from inside the engine's network namespace. */
export async function httpAnswer(engine: Engine, url: string): Promise<{ status: number; body: string }> {
  const ask = `fetch(process.argv[1]).then(async r => console.log(r.status + ' ' + await r.text()))`
  const { exitCode, stdout, stderr } = await engine.inside(process.execPath, ['-e', ask, url], {
    timeout: 5_000,
  })
  if (exitCode !== 0) throw new Error(`${url} did not answer: ${stderr.split('\n').slice(0, 8).join(' ')}`)
  return { status: Number(stdout.slice(0, 3)), body: stdout.slice(4) }
}

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
