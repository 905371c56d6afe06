import { readdirSync, readlinkSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { basename } from 'node:path'
import { kernelText } from '../../../lib/host/processes.ts'

/** One network interface of this node. */
export interface Link {
  readonly name: string
  readonly mtu: number
  /** The bond or bridge that it belongs to. */
  readonly master: string | undefined
  readonly addresses: readonly string[]
}

/** From the kernel's own tables; no interface is asked. */
export function lookAtLinks(folder = '/sys/class/net'): readonly Link[] {
  const addresses = networkInterfaces()
  return readdirSync(folder).flatMap(name => {
    const mtu = Number(kernelText(`${folder}/${name}/mtu`))
    if (!(mtu > 0)) return []
    const own = (addresses[name] ?? []).map(({ address }) => address)
    return [{ name, mtu, master: masterOf(`${folder}/${name}/master`), addresses: own }]
  })
}

function masterOf(link: string): string | undefined {
  try {
    return basename(readlinkSync(link))
  } catch {
    return undefined
  }
}
