import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Items of the radio's non-volatile memory that forming a network writes. */
const NETWORK_INFORMATION = 0x21
const EXTENDED_PAN_ID = 0x2d
const ACTIVE_KEY = 0x3a
const ALTERNATE_KEY = 0x3b
const PRECONFIGURED_KEY = 0x62
const NETWORK_KEY = 0x82
const PAN_ID = 0x83
const CHANNEL_MASK = 0x84

const NETWORK_INFORMATION_LENGTH = 110
const FIRST_CHANNEL = 11
const LAST_CHANNEL = 26

export interface Network {
  readonly panId: Buffer
  readonly extendedPanId: Buffer
  readonly channel: number
}

/** The non-volatile memory of a played radio; with a file it outlives the process, as the real one does. */
export class RadioMemory {
  readonly #items = new Map<number, Buffer>([[NETWORK_KEY, Buffer.alloc(21)]])
  readonly #file: string | undefined

  constructor(file: string | undefined) {
    this.#file = file
    if (file === undefined || !existsSync(file)) return
    const stored: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof stored !== 'object' || stored === null) throw new Error(`${file} is not a radio's memory`)
    for (const [id, value] of Object.entries(stored)) {
      if (typeof value === 'string') this.#items.set(Number(id), Buffer.from(value, 'hex'))
    }
  }

  read(id: number): Buffer | undefined {
    return this.#items.get(id)
  }

  write(id: number, value: Buffer): void {
    this.#items.set(id, Buffer.from(value))
    this.#save()
  }

  /** @returns false when there is no such item or the bytes do not fit into it */
  writeAt(id: number, offset: number, bytes: Buffer): boolean {
    const item = this.#items.get(id)
    if (!item || offset + bytes.length > item.length) return false
    bytes.copy(item, offset)
    this.#save()
    return true
  }

  delete(id: number): boolean {
    const had = this.#items.delete(id)
    this.#save()
    return had
  }

  /** Makes a network from what the host wrote before, as commissioning does. */
  formNetwork(ieeeAddress: Buffer): void {
    const mask = this.#items.get(CHANNEL_MASK) ?? Buffer.from([0, 8, 0, 0])
    const information = Buffer.alloc(NETWORK_INFORMATION_LENGTH)
    information[22] = firstChannel(mask)
    ieeeAddress.copy(information, 25)
    this.#items.get(PAN_ID)?.copy(information, 33)
    information[35] = 8
    mask.copy(information, 36)
    this.#items.get(EXTENDED_PAN_ID)?.copy(information, 53)
    information[61] = 1
    this.#items.set(NETWORK_INFORMATION, information)
    const key = Buffer.concat([Buffer.from([0]), this.#items.get(PRECONFIGURED_KEY) ?? Buffer.alloc(16)])
    this.#items.set(ACTIVE_KEY, key)
    this.#items.set(ALTERNATE_KEY, Buffer.from(key))
    this.#save()
  }

  network(): Network {
    const information = this.#items.get(NETWORK_INFORMATION) ?? Buffer.alloc(NETWORK_INFORMATION_LENGTH)
    return {
      channel: information.readUInt8(22),
      panId: information.subarray(33, 35),
      extendedPanId: information.subarray(53, 61),
    }
  }

  #save(): void {
    if (this.#file === undefined) return
    const stored = Object.fromEntries([...this.#items].map(([id, value]) => [id, value.toString('hex')]))
    writeFileSync(`${this.#file}.new`, JSON.stringify(stored))
    renameSync(`${this.#file}.new`, this.#file)
  }
}

function firstChannel(mask: Buffer): number {
  const bits = mask.readUInt32LE(0)
  for (let channel = FIRST_CHANNEL; channel <= LAST_CHANNEL; channel++) {
    if (bits & (1 << channel)) return channel
  }
  return FIRST_CHANNEL
}
