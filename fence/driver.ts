import type { Budget } from './budget.ts'
import type { HttpClient } from './http.ts'
import type { FenceOption, ReadOption } from './options.ts'
import type { PowerSwitch } from './power-switch.ts'
import type { Report } from './report.ts'

/** What a driver is handed for one run. */
export interface DriverContext {
  readonly read: ReadOption
  readonly budget: Budget
  readonly report: Report
  /** The configured password, from whichever source; undefined when there is none. */
  readonly password: string | undefined
  /** Device addresses of `ip`, in the configured order; at least one. */
  readonly hosts: readonly string[]
  /** The port of the device, the operator's or the driver's. */
  readonly port: number
  /** A client for one host: address, port, TLS and time limits are the operator's. */
  http(host: string, auth: HttpAuth, more?: { readonly connectMs: number }): HttpClient
}

/** How a device wants to be told who asks. `digest` also answers a Basic challenge, as browsers do. */
export type HttpAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'digest'; readonly username: string; readonly password: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }

/** A kind of device. One file each in drivers/, named in driver-registry.ts. */
export interface Driver {
  readonly name: string
  /** What it switches, for metadata and man page. */
  readonly title: string
  /** Options of this driver alone; common ones are in common-options.ts. */
  readonly options: readonly FenceOption<unknown>[]
  readonly port: number
  /** Whether the device is reached over TLS when the operator says nothing. */
  readonly tls: boolean
  /** How long the device may stay without a usable answer before the action fails; milliseconds. */
  readonly patienceMs: number
  /** How long a machine stays dark in a reboot at least: power supplies bridge short gaps; milliseconds. */
  readonly darkMs: number
  /** What an `off` of it does beside the plug, or what it cannot promise; a sentence for the man page. */
  readonly caution?: string
  /** Faults of the options together, found without asking the device; a sentence each. */
  problems?(context: { readonly read: ReadOption; readonly password: string | undefined }): readonly string[]
  open(context: DriverContext): PowerSwitch
}
