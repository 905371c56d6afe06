import { createServer, type Socket } from 'node:net'
import { RadioMemory } from './radio-memory.ts'
import { admits, type SecondClient } from './serial-bridge.ts'
import { ASYNCHRONOUS, decodeFrames, encodeFrame, REPLY, SYNCHRONOUS, type ZnpFrame } from './znp-frame.ts'

export interface ZigbeeCoordinatorOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** File of the radio's memory; without it the radio forgets when the player ends. */
  readonly memory?: string
  /** What its bridge does with a second client; unless told, each one has the radio for itself. */
  readonly secondClient?: SecondClient
}

/** A played network coordinator: Texas Instruments' CC2652P with Z-Stack 3.x.0 behind a TCP bridge. */
export interface ZigbeeCoordinator {
  readonly port: number
  /** Clients connected now. */
  sessions(): number
  /** Connections that were ever made, refused ones too. */
  connections(): number
  /** Requests the player knows no answer to, as `subsystem:command` in hexadecimal. */
  unanswered(): readonly string[]
  /** The radio's firmware stops; the bridge goes on accepting connections and bytes. */
  hang(): void
  resume(): void
  close(): Promise<void>
}

const SYS = 0x01
const AF = 0x04
const ZDO = 0x05
const UTIL = 0x07
const APP_CNF = 0x0f

const SUCCESS = 0
const FAILURE = 1
const NV_ITEM_CREATED = 9
const NV_ITEM_MISSING = 2
const STATE_COORDINATOR = 9
const NV_READ_LIMIT = 240
const IEEE_ADDRESS = Buffer.from('00124b0011223344', 'hex').reverse()
/** Transport revision, product 1 (Z-Stack 3.x.0), 2.7.1, firmware of 2022-02-10. */
const FIRMWARE = [2, 1, 2, 7, 1, 0xd6, 0x4e, 0x34, 0x01]
const CAPABILITIES = [0x79, 0x07]

/** Starts the player; resolves once it listens. */
export function playZigbeeCoordinator(options: ZigbeeCoordinatorOptions): Promise<ZigbeeCoordinator> {
  const radio = new Radio(new RadioMemory(options.memory))
  const sockets = new Set<Socket>()
  const merged = options.secondClient === 'merged'
  /** What the radio has of an unfinished frame, by client, or of all clients when they are merged. */
  const wires = new WeakMap<object, Buffer>()
  let hung = false
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    socket.on('error', () => socket.destroy())
    if (!admits(options.secondClient, socket, sockets)) return
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    const wire = merged ? sockets : socket
    socket.on('data', bytes => {
      if (hung) return
      const { frames, rest } = decodeFrames(Buffer.concat([wires.get(wire) ?? Buffer.alloc(0), bytes]))
      wires.set(wire, rest)
      const answers = frames.flatMap(one => radio.answer(one)).map(encodeFrame)
      for (const receiver of merged ? sockets : [socket])
        for (const answer of answers) if (!receiver.destroyed) receiver.write(answer)
    })
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(options.port, options.host, () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address ? address.port : options.port,
        sessions: () => sockets.size,
        connections: () => connections,
        unanswered: () => [...radio.unanswered],
        hang: () => {
          hung = true
        },
        resume: () => {
          hung = false
        },
        close: () =>
          new Promise(closed => {
            server.close(() => closed())
            for (const socket of sockets) socket.destroy()
          }),
      })
    })
  })
}

type Bytes = number | readonly number[] | Buffer

class Radio {
  readonly unanswered = new Set<string>()
  readonly #memory: RadioMemory
  readonly #endpoints = new Set<number>()
  readonly #groups = new Set<string>()
  #state = 0

  constructor(memory: RadioMemory) {
    this.#memory = memory
  }

  /** @returns the reply, then what the radio tells by itself because of the request */
  answer({ type, subsystem, command, payload }: ZnpFrame): ZnpFrame[] {
    const reply = (...parts: Bytes[]): ZnpFrame => frame(REPLY, subsystem, command, ...parts)
    const event = (...parts: Bytes[]): ZnpFrame => frame(ASYNCHRONOUS, subsystem, command | 0x80, ...parts)
    switch ((type << 16) | (subsystem << 8) | command) {
      case request(SYS, 0x00, ASYNCHRONOUS): {
        this.#state = 0
        this.#endpoints.clear()
        return [event(0, FIRMWARE.slice(0, 5))]
      }
      case request(SYS, 0x01):
        return [reply(CAPABILITIES)]
      case request(SYS, 0x02):
        return [reply(FIRMWARE)]
      case request(SYS, 0x04):
        return [reply(IEEE_ADDRESS)]
      case request(SYS, 0x07):
        return [reply(this.#initialise(payload))]
      case request(SYS, 0x08):
        return [this.#read(reply, payload.readUInt16LE(0), payload.readUInt8(2))]
      case request(SYS, 0x1c):
        return [this.#read(reply, payload.readUInt16LE(0), payload.readUInt16LE(2))]
      case request(SYS, 0x09):
        return [reply(this.#write(payload.readUInt16LE(0), payload.readUInt8(2), payload.subarray(4)))]
      case request(SYS, 0x1d):
        return [reply(this.#write(payload.readUInt16LE(0), payload.readUInt16LE(2), payload.subarray(6)))]
      case request(SYS, 0x12):
        return [reply(this.#memory.delete(payload.readUInt16LE(0)) ? SUCCESS : NV_ITEM_MISSING)]
      case request(SYS, 0x13):
        return [reply(uint16(this.#memory.read(payload.readUInt16LE(0))?.length ?? 0))]
      // The extended tables (devices, keys) of an empty network: creatable, empty, nothing to read.
      case request(SYS, 0x30):
      case request(SYS, 0x31):
      case request(SYS, 0x34):
      case request(SYS, 0x35):
        return [reply(SUCCESS)]
      case request(SYS, 0x32):
        return [reply([0, 0, 0, 0])]
      case request(SYS, 0x33):
        return [reply(NV_ITEM_MISSING, 0)]
      case request(AF, 0x00):
        this.#endpoints.add(payload.readUInt8(0))
        return [reply(SUCCESS)]
      case request(AF, 0x02): {
        // Sent into the air at once: the end point and the transaction of the request come back.
        const confirm = [SUCCESS, payload.readUInt8(12), payload.readUInt8(15)]
        return [reply(SUCCESS), frame(ASYNCHRONOUS, AF, 0x80, confirm)]
      }
      case request(UTIL, 0x00):
        return [reply(SUCCESS, IEEE_ADDRESS, uint16(0), 7, this.#state, 0)]
      case request(ZDO, 0x40):
      case request(APP_CNF, 0x05):
        this.#memory.formNetwork(IEEE_ADDRESS)
        this.#state = STATE_COORDINATOR
        return [
          reply(subsystem === ZDO ? FAILURE : SUCCESS),
          frame(ASYNCHRONOUS, ZDO, 0xc0, STATE_COORDINATOR),
        ]
      case request(ZDO, 0x50): {
        const { panId, extendedPanId, channel } = this.#memory.network()
        return [reply(uint16(0), this.#state, panId, uint16(0), extendedPanId, Buffer.alloc(8), channel)]
      }
      case request(ZDO, 0x02): {
        const descriptor = [0, 0x40, 0x8f, 0, 0, 0x52, 0x52, 0, 0x41, 0x2c, 0x52, 0, 0]
        return [reply(SUCCESS), event(uint16(0), SUCCESS, uint16(0), descriptor)]
      }
      case request(ZDO, 0x04): {
        // Home Automation profile, device id 5, version 0, no clusters in or out.
        const descriptor = [payload.readUInt8(4), 4, 1, 5, 0, 0, 0, 0]
        return [reply(SUCCESS), event(uint16(0), SUCCESS, uint16(0), descriptor.length, descriptor)]
      }
      case request(ZDO, 0x05): {
        const endpoints = [...this.#endpoints]
        return [reply(SUCCESS), event(uint16(0), SUCCESS, uint16(0), endpoints.length, endpoints)]
      }
      case request(ZDO, 0x36):
        return [reply(SUCCESS), event(uint16(0), SUCCESS)]
      case request(ZDO, 0x4a):
        return this.#groups.has(payload.toString('hex', 0, 3))
          ? [reply(SUCCESS, payload.subarray(1, 3), 0)]
          : [reply(FAILURE, 0, 0, 0)]
      case request(ZDO, 0x4b):
        this.#groups.add(payload.toString('hex', 0, 3))
        return [reply(SUCCESS)]
      case request(APP_CNF, 0x08):
      case request(UTIL, 0x0a):
        return [reply(SUCCESS)]
      default:
        this.unanswered.add(`${subsystem.toString(16)}:${command.toString(16)}`)
        return type === SYNCHRONOUS ? [reply(SUCCESS)] : []
    }
  }

  #initialise(payload: Buffer): number {
    const id = payload.readUInt16LE(0)
    if (this.#memory.read(id)) return SUCCESS
    const item = Buffer.alloc(payload.readUInt16LE(2))
    payload.copy(item, 0, 5, 5 + payload.readUInt8(4))
    this.#memory.write(id, item)
    return NV_ITEM_CREATED
  }

  #read(reply: (...parts: Bytes[]) => ZnpFrame, id: number, offset: number): ZnpFrame {
    const part = this.#memory.read(id)?.subarray(offset, offset + NV_READ_LIMIT)
    return part ? reply(SUCCESS, part.length, part) : reply(NV_ITEM_MISSING, 0)
  }

  #write(id: number, offset: number, bytes: Buffer): number {
    return this.#memory.writeAt(id, offset, bytes) ? SUCCESS : NV_ITEM_MISSING
  }
}

const request = (subsystem: number, command: number, type: number = SYNCHRONOUS): number =>
  (type << 16) | (subsystem << 8) | command

function frame(type: number, subsystem: number, command: number, ...parts: Bytes[]): ZnpFrame {
  const payload = Buffer.from(parts.flatMap(part => (typeof part === 'number' ? [part] : [...part])))
  return { type, subsystem, command, payload }
}

const uint16 = (value: number): number[] => [value & 0xff, value >> 8]
