import type { ImageName } from '../engine/images.ts'

/** Services of the played house and the port of each. */
export const HOUSE_PORTS = {
  mosquitto: 1883,
  'node-red': 1880,
  zigbee2mqtt: 8080,
  'home-assistant': 8123,
  esphome: 6052,
} as const

export type HouseService = keyof typeof HOUSE_PORTS

/** In the order in which they are shown: what people miss first comes first. */
export const HOUSE_SERVICES = [
  'home-assistant',
  'mosquitto',
  'node-red',
  'zigbee2mqtt',
  'esphome',
] as const satisfies readonly HouseService[]

export const HOUSE_IMAGES: readonly ImageName[] = [
  'haha/busybox:1',
  'haha/mosquitto:2',
  'haha/node-red:5',
  'haha/standin:1',
  'haha/zigbee2mqtt:2',
]

/** How a service is asked for a sign of life at an address, as the agent's own `probes` write it. */
export const houseQuestion = (service: HouseService, address: string): string =>
  service === 'mosquitto'
    ? `mqtt://${address}:${HOUSE_PORTS.mosquitto}`
    : `http://${address}:${HOUSE_PORTS[service]}/`
