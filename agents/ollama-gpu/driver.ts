import { kernelText } from '../../lib/host/processes.ts'
import { namesIn } from './names-in.ts'

/** What the kernel knows of NVIDIA GPUs; none of these files can hang. */
export type Driver =
  /** No card of NVIDIA is on the PCI bus, and no driver is loaded. */
  | { readonly kind: 'none' }
  /** A card is there, at this PCI address, and no driver. */
  | { readonly kind: 'missing'; readonly card: string }
  | { readonly kind: 'loaded'; readonly gpus: readonly Gpu[] }

/** A GPU that the driver has; without its own word its PCI address stands for its UUID. */
export interface Gpu {
  /** PCI address: `0000:01:00.0`. */
  readonly bus: string
  readonly uuid: string
}

const folder = '/proc/driver/nvidia'
const pci = '/sys/bus/pci/devices'

/** Asks /proc: /dev/nvidiactl can be there without a driver behind it. */
export function readDriver(): Driver {
  if (kernelText(`${folder}/version`) !== '') {
    const gpus = namesIn(`${folder}/gpus`).map(bus => {
      const uuid = /^GPU UUID:\s*(\S+)/m.exec(kernelText(`${folder}/gpus/${bus}/information`))?.[1]
      return { bus, uuid: uuid ?? bus }
    })
    return { kind: 'loaded', gpus }
  }
  const card = namesIn(pci).find(
    device =>
      kernelText(`${pci}/${device}/vendor`).trim() === '0x10de' &&
      kernelText(`${pci}/${device}/class`).startsWith('0x03'),
  )
  return card === undefined ? { kind: 'none' } : { kind: 'missing', card }
}

/** What is wrong with the driver, and the cure. */
export function driverFault(driver: Driver, wanted: string | undefined): string | undefined {
  // The kernel lists whole GPUs, not the parts that one is cut into.
  const uuid = wanted?.startsWith('MIG-') === true ? undefined : wanted
  switch (driver.kind) {
    case 'missing':
      return `no NVIDIA driver is loaded for the card at ${driver.card}: modprobe nvidia, or restart the machine`
    case 'none':
      return uuid === undefined ? undefined : `${uuid} is not here, no NVIDIA card is on the PCI bus`
    case 'loaded':
      if (driver.gpus.length === 0)
        return 'the NVIDIA driver has no GPU, it fell off the bus: restart the machine'
      return uuid === undefined || gpuOf(driver.gpus, uuid) !== undefined
        ? undefined
        : `the driver has no ${uuid}: restart the machine`
  }
}

export function gpuOf(gpus: readonly Gpu[], wanted: string | undefined): Gpu | undefined {
  return gpus.find(({ uuid }) => uuid.toLowerCase() === wanted?.toLowerCase())
}
