import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HOUSE_PORTS } from './services.ts'

/** What differs between a house on one engine and one that moves between nodes. */
export interface HouseSite {
  /** Name the stand-ins answer with; without it they take the name of the node they run on. */
  readonly node?: string
  /** Address on which the services are published. */
  readonly published: string
  /** Where Zigbee2MQTT finds its coordinator, `host:port`. */
  readonly coordinator: string
}

const MOSQUITTO_USER = 1883

/**
 * Writes the compose directory of a whole house: real Mosquitto, Node-RED and Zigbee2MQTT, stand-ins for
 * Home Assistant and ESPHome that write their heartbeats into `heartbeat/SERVICE`.
 */
export async function writeHouseFiles(directory: string, site: HouseSite): Promise<void> {
  const folders = ['mosquitto/config', 'mosquitto/data', 'node-red', 'zigbee2mqtt', 'heartbeat']
  for (const folder of folders) await mkdir(join(directory, folder), { recursive: true })
  await chown(join(directory, 'mosquitto/data'), MOSQUITTO_USER, MOSQUITTO_USER)
  await writeFile(join(directory, 'mosquitto/config/mosquitto.conf'), MOSQUITTO_CONF)
  await writeFile(join(directory, 'node-red/settings.js'), NODE_RED_SETTINGS)
  await writeFile(join(directory, 'zigbee2mqtt/configuration.yaml'), zigbee2mqttConfiguration(site))
  await writeFile(join(directory, 'compose.yaml'), houseYaml(site))
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

const zigbee2mqttConfiguration = ({ coordinator }: HouseSite): string => `mqtt:
  base_topic: zigbee2mqtt
  server: mqtt://127.0.0.1:1883
serial:
  port: tcp://${coordinator}
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

const healthcheck = (url: string): string => `
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "${url}"]
      interval: 2s
      timeout: 2s
      retries: 3
      start_period: 30s`

function houseYaml({ node, published }: HouseSite): string {
  const port = (number: number) => `ports: ["${published}:${number}:${number}"]`
  const standin = (service: 'home-assistant' | 'esphome') => {
    const name = node === undefined ? '' : `STANDIN_NODE: ${node}, `
    // With the name space of the host the stand-in has its name, and one file serves every node.
    const nameSpace = node === undefined ? '\n    uts: host' : ''
    return `  ${service}:
    image: haha/standin:1
    restart: unless-stopped${nameSpace}
    environment: {STANDIN_PORT: ${HOUSE_PORTS[service]}, ${name}STANDIN_HEARTBEAT: /heartbeat/${service}}
    ${port(HOUSE_PORTS[service])}
    volumes: [./heartbeat:/heartbeat]
`
  }
  return `services:
  mosquitto:
    image: haha/mosquitto:2
    restart: unless-stopped
    ${port(HOUSE_PORTS.mosquitto)}
    volumes: [./mosquitto/config:/mosquitto/config, ./mosquitto/data:/mosquitto/data]
  zigbee2mqtt:
    image: haha/zigbee2mqtt:2
    restart: unless-stopped
    network_mode: host
    depends_on: {mosquitto: {condition: service_healthy}}
    volumes: [./zigbee2mqtt:/data]${healthcheck('http://127.0.0.1:8080/')}
  node-red:
    image: haha/node-red:5
    restart: unless-stopped
    ${port(HOUSE_PORTS['node-red'])}
    volumes: [./node-red:/data]${healthcheck('http://127.0.0.1:1880/')}
${standin('home-assistant')}${standin('esphome')}`
}
