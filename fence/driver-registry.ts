import type { Driver } from './driver.ts'

/** All drivers. Each is evaluated only when it is chosen, or when metadata describes them all. */
export const driverNames = [
  'tasmota',
  'shelly2',
  'shelly1',
  'esphome',
  'proxmox',
  'netio',
  'kasa',
  'redfish',
  'poe',
] as const

export type DriverName = (typeof driverNames)[number]

const load: Readonly<Record<DriverName, () => Promise<Driver>>> = {
  tasmota: async () => (await import('./drivers/tasmota.ts')).tasmota,
  shelly2: async () => (await import('./drivers/shelly2.ts')).shelly2,
  shelly1: async () => (await import('./drivers/shelly1.ts')).shelly1,
  esphome: async () => (await import('./drivers/esphome.ts')).esphome,
  proxmox: async () => (await import('./drivers/proxmox.ts')).proxmox,
  netio: async () => (await import('./drivers/netio.ts')).netio,
  kasa: async () => (await import('./drivers/kasa.ts')).kasa,
  redfish: async () => (await import('./drivers/redfish.ts')).redfish,
  poe: async () => (await import('./drivers/poe.ts')).poe,
}

export function isDriverName(name: string): name is DriverName {
  return driverNames.some(known => known === name)
}

/** The driver of that name. */
export function loadDriver(name: DriverName): Promise<Driver> {
  return load[name]()
}

/** Every driver, for the metadata and the man page. */
export function loadAllDrivers(): Promise<Driver[]> {
  return Promise.all(driverNames.map(loadDriver))
}
