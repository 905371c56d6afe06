import { readFile } from 'node:fs/promises'
import type { PoeState } from '../../test/peers/players/poe-objects.ts'
import type { HouseCoordinator } from './coordinator.ts'

const LOOK_MS = 100
/** What a coordinator's processor needs until its port answers. */
const BOOT_MS = 3_000

/** A coordinator that lives as long as its port of the switch feeds it, and boots anew when the power comes back. */
export class FedDevice {
  powered = true
  readonly #file: string
  readonly #plug: string
  readonly #boot: () => Promise<HouseCoordinator>
  readonly #bootMs: number
  readonly #listeners: ((powered: boolean) => void)[] = []
  #coordinator: HouseCoordinator | undefined
  #timer: NodeJS.Timeout | undefined
  #bootTimer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()

  /** @param file where the switch writes the state of its ports */
  constructor(file: string, plug: string, boot: () => Promise<HouseCoordinator>, bootMs = BOOT_MS) {
    this.#file = file
    this.#plug = plug
    this.#boot = boot
    this.#bootMs = bootMs
  }

  async begin(): Promise<void> {
    this.#coordinator = await this.#boot()
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
  }

  async hang(): Promise<void> {
    await this.#coordinator?.hang()
  }

  onPower(tell: (powered: boolean) => void): void {
    this.#listeners.push(tell)
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#bootTimer)
    await this.#work
    await this.#coordinator?.close()
  }

  async #look(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch(() => undefined)
    if (text === undefined) return
    const state: PoeState = JSON.parse(text)
    const powered = state.ports[this.#plug]?.admin === 1
    if (powered === this.powered) return
    this.powered = powered
    for (const tell of this.#listeners) tell(powered)
    clearTimeout(this.#bootTimer)
    if (powered) this.#bootTimer = setTimeout(() => this.#then(() => this.#start()), this.#bootMs)
    else this.#then(() => this.#stop())
  }

  async #start(): Promise<void> {
    this.#coordinator ??= await this.#boot()
  }

  async #stop(): Promise<void> {
    await this.#coordinator?.close()
    this.#coordinator = undefined
  }

  #then(step: () => Promise<void>): void {
    // A boot that failed is seen by whoever waits for the device to answer.
    this.#work = this.#work.then(step).catch(() => undefined)
  }
}
