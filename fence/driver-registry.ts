import type { Driver } from './driver.ts'

/** All drivers. Each is evaluated only when it is chosen, or when metadata describes them all. */
export const driverNames = ['tasmota'] as const

export type DriverName = (typeof driverNames)[number]

const load: Readonly<Record<DriverName, () => Promise<Driver>>> = {
  tasmota: async () => (await import('./drivers/tasmota.ts')).tasmota,
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
