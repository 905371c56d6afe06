import { playTasmota, type TasmotaPlayer } from '../../test/peers/players/tasmota.ts'
import { bootNode, killNode, type NodeEnd, nodePid1 } from './machine.ts'
import { plugAddress, plugMac, type SwitchName, setCable, unplugNode } from './network.ts'
import type { ClusterPlace } from './place.ts'
import type { NodeName } from './plan.ts'
import type { PlugFault, PowerEvent } from './plug.ts'

const PLUG_PORT = 80

/** One node's machine with the plug that feeds it: whoever switches the plug switches the machine. */
export class PoweredNode {
  readonly #place: ClusterPlace
  readonly #node: NodeName
  readonly #lower: string
  readonly #firmwareMs: number
  readonly #tell: (event: PowerEvent) => void
  readonly #cut = new Set<SwitchName>()
  #plug: TasmotaPlayer | undefined
  /** Work on the machine, one after the other. */
  #work: Promise<void> = Promise.resolve()
  #booting: NodeJS.Timeout | undefined

  constructor(
    place: ClusterPlace,
    node: NodeName,
    options: { lower: string; firmwareMs: number; tell: (event: PowerEvent) => void },
  ) {
    this.#place = place
    this.#node = node
    this.#lower = options.lower
    this.#firmwareMs = options.firmwareMs
    this.#tell = options.tell
  }

  async plugIn(): Promise<void> {
    const plug = await playTasmota({ place: { host: plugAddress(this.#node), port: PLUG_PORT } })
    plug.mac = plugMac(this.#node)
    plug.switched = () => this.#follow()
    plug.settled = () => this.#work
    this.#plug = plug
  }

  async switch(on: boolean): Promise<void> {
    this.#relay.set(on)
    this.#follow()
    await this.#work
  }

  get position(): 'on' | 'off' {
    return this.#relay.on ? 'on' : 'off'
  }

  misbehave(fault: PlugFault): void {
    const { http } = this.#device
    const relay = this.#relay
    relay.lying = fault.kind === 'lying'
    relay.stuck = fault.kind === 'stuck'
    relay.refusesOn = fault.kind === 'refuses-on'
    switch (fault.kind) {
      case 'lying':
      case 'stuck':
      case 'refuses-on':
        http.fault = { kind: 'none' }
        break
      default:
        http.fault = fault
    }
    // A welded contact that comes loose lets go of what it was told to let go.
    this.#follow()
  }

  async boot(): Promise<void> {
    if (!this.#fed) throw new Error(`${this.#node} has no power: switch its plug on`)
    clearTimeout(this.#booting)
    await this.#then(() => this.#boot())
  }

  async setCable(name: SwitchName, state: 'up' | 'down'): Promise<void> {
    if (state === 'down') this.#cut.add(name)
    else this.#cut.delete(name)
    await this.#then(() => setCable(this.#place, this.#node, name, state))
  }

  get #device(): TasmotaPlayer {
    if (this.#plug === undefined) throw new Error(`the plug of ${this.#node} is not there yet`)
    return this.#plug
  }

  get #relay() {
    const [relay] = this.#device.outlets
    if (relay === undefined) throw new Error(`the plug of ${this.#node} has no relay`)
    return relay
  }

  get #fed(): boolean {
    return this.#relay.on || this.#relay.lying
  }

  #wasDark = false

  #follow(): void {
    if (!this.#fed) void this.#then(() => this.#powerOff())
    else if (this.#wasDark) {
      this.#wasDark = false
      this.#note('on')
      this.#bootLater()
    }
  }

  async #powerOff(): Promise<void> {
    if (this.#wasDark || this.#fed) return
    this.#wasDark = true
    clearTimeout(this.#booting)
    this.#note('off asked')
    await killNode(this.#place, this.#node)
    await unplugNode(this.#place, this.#node)
    this.#note('off')
  }

  #bootLater(): void {
    clearTimeout(this.#booting)
    this.#booting = setTimeout(() => {
      void this.#then(() => this.#boot()).catch(error => console.error(String(error)))
    }, this.#firmwareMs)
  }

  async #boot(): Promise<void> {
    if (!this.#fed || nodePid1(this.#place, this.#node) !== undefined) return
    await bootNode(this.#place, this.#node, this.#lower, this.#cut, how => this.#ended(how))
    this.#note('booted')
  }

  #ended(how: NodeEnd): void {
    if (this.#wasDark) return
    this.#note('died')
    void this.#then(() => this.#pullCables())
    if (how === 'reboot') this.#bootLater()
  }

  async #pullCables(): Promise<void> {
    if (nodePid1(this.#place, this.#node) === undefined) await unplugNode(this.#place, this.#node)
  }

  #note(what: PowerEvent['what']): void {
    this.#tell({ atMs: Date.now(), node: this.#node, what })
  }

  #then(step: () => Promise<void>): Promise<void> {
    const done = this.#work.then(step)
    this.#work = done.catch(() => undefined)
    return done
  }
}
