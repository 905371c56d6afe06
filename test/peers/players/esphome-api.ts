import { createServer, type Socket } from 'node:net'
import { answerNoise, type NoiseEnd } from './noise-responder.ts'

/** How the device misbehaves. */
export type EsphomeFault =
  | 'none'
  /** Accepts and says nothing: its main loop hangs. */
  | 'hangs'
  /** Greets, then says nothing more. */
  | 'hangs after its greeting'
  /** Closes every connection at once: its few places are taken. */
  | 'full'
  /** Ends the connection in the middle of a frame. */
  | 'cut off'
  /** Sends states for ever instead of answers. */
  | 'endless'
  /** Announces a frame that never comes. */
  | 'a frame too long'
  | 'garbage'
  | 'sends away'
  /** Each byte by itself, 20 ms apart. */
  | 'drips'
  /** Changes a bit of every sealed message. */
  | 'breaks the seal'

export interface EsphomeApiPlayer {
  readonly port: number
  /** Numbers of all messages received, in order. */
  readonly heard: number[]
  /** Connections so far. */
  connections(): number
  fault: EsphomeFault
  close(): Promise<void>
}

export interface EsphomeApiDevice {
  readonly name: string
  readonly mac: string
  /** 32 bytes: the device is encrypted and takes nothing else. */
  readonly key?: Buffer
  /** Older firmware greets with its name alone. */
  readonly greetsWithMac?: boolean
  /** Older firmware closes the connection without a word when it is spoken to in the other kind of frames. */
  readonly refusesSilently?: boolean
}

const types = { hello: 1, login: 3, leave: 5, ping: 7, deviceInfo: 9, listEntities: 11 } as const
const prologue = Buffer.from('NoiseAPIInit\0\0')

/** Plays the native API of an ESPHome device, in the plain or encrypted, as far as a look needs it. */
export async function playEsphomeApi(device: EsphomeApiDevice): Promise<EsphomeApiPlayer> {
  const open = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
    serve(socket)
  })
  const send = (socket: Socket, bytes: Buffer) => {
    if (player.fault === 'cut off') return void socket.end(bytes.subarray(0, bytes.length - 1))
    if (player.fault !== 'drips') return void socket.write(bytes)
    for (const [index, byte] of bytes.entries())
      timers.add(setTimeout(() => socket.writable && socket.write(Buffer.from([byte])), 20 * index))
  }
  const serve = (socket: Socket) => {
    const { fault } = player
    if (fault === 'full') return void socket.destroy()
    const { key } = device
    const talk = key === undefined ? plainTalk() : encryptedTalk(key)
    let received: Buffer = Buffer.alloc(0)
    const say = (type: number, body: Buffer) => send(socket, talk.frame(type, body))
    const flood = () => {
      while (socket.writable && socket.write(talk.frame(25, Buffer.alloc(60))));
    }
    const answer = (type: number) => {
      player.heard.push(type)
      if (player.fault === 'sends away') return say(types.leave, Buffer.alloc(0))
      if (player.fault === 'endless') {
        socket.on('drain', flood)
        return flood()
      }
      if (type === types.hello)
        say(2, fields([1, 1], [2, 10], [3, `${device.name} (esphome v2025.10.3)`], [4, device.name]))
      else if (type === types.login) say(4, fields([1, 0]))
      else if (type === types.ping) say(8, Buffer.alloc(0))
      else if (type === types.leave) say(6, Buffer.alloc(0))
      else if (type === types.deviceInfo)
        say(10, fields([1, 0], [2, device.name], [3, device.mac], [4, '2025.10.3'], [6, 'esp32-poe']))
      else if (type === types.listEntities) say(19, Buffer.alloc(0))
    }
    const talkOn = () => {
      const { bytes, rest, refused } = talk.take(received, answer)
      received = rest
      for (const part of bytes) send(socket, part)
      if (refused) socket.end()
    }
    socket.on('data', part => {
      const now = player.fault
      if (now === 'hangs') return
      if (now === 'garbage') return void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
      if (now === 'a frame too long')
        return void socket.write(Buffer.from(key === undefined ? [0, 0xff, 0x7f, 2] : [1, 0xff, 0xff]))
      received = Buffer.concat([received, part])
      talkOn()
    })
  }

  const refusalWords = device.refusesSilently === true ? [] : [Buffer.from('\0Bad indicator byte')]
  const plainTalk = () => ({
    frame: plainFrame,
    take(received: Buffer, answer: (type: number) => void) {
      let rest = received
      while (rest.length >= 3) {
        if (rest[0] !== 0) return { bytes: refusalWords, rest, refused: true }
        const end = 3 + (rest[1] ?? 0)
        if (rest.length < end) break
        const type = rest[2] ?? 0
        rest = rest.subarray(end)
        if (player.fault !== 'hangs after its greeting') answer(type)
      }
      return { bytes: [], rest, refused: false }
    },
  })

  const encryptedTalk = (key: Buffer) => {
    let greeted = false
    let end: NoiseEnd | undefined
    const refusal = (why: string) => noiseFrame(Buffer.concat([Buffer.from([1]), Buffer.from(why)]))
    const greeting = () => {
      const mac = device.greetsWithMac === false ? '' : `${device.mac.replaceAll(':', '').toLowerCase()}\0`
      return noiseFrame(Buffer.from(`\x01${device.name}\0${mac}`))
    }
    return {
      frame(type: number, body: Buffer) {
        const head = Buffer.from([type >> 8, type & 255, body.length >> 8, body.length & 255])
        const sealed = end?.seal(Buffer.concat([head, body])) ?? Buffer.alloc(0)
        if (player.fault === 'breaks the seal') sealed[0] = (sealed[0] ?? 0) ^ 1
        return noiseFrame(sealed)
      },
      take(received: Buffer, answer: (type: number) => void) {
        const bytes: Buffer[] = []
        let rest = received
        while (rest.length > 0) {
          if (rest[0] !== 1) return { bytes: [refusal('Bad indicator byte')], rest, refused: true }
          if (rest.length < 3 || rest.length < 3 + rest.readUInt16BE(1)) break
          const content = rest.subarray(3, 3 + rest.readUInt16BE(1))
          rest = rest.subarray(3 + content.length)
          if (!greeted) {
            greeted = true
            bytes.push(greeting())
          } else if (player.fault === 'hangs after its greeting') continue
          else if (end === undefined) {
            try {
              const shaken = answerNoise(key, prologue, content.subarray(1))
              end = shaken.end
              bytes.push(noiseFrame(Buffer.concat([Buffer.from([0]), shaken.reply])))
            } catch {
              return { bytes: [...bytes, refusal('Handshake MAC failure')], rest, refused: true }
            }
          } else answer(end.open(content).readUInt16BE(0))
        }
        return { bytes, rest, refused: false }
      },
    }
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const player: EsphomeApiPlayer = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    heard: [],
    connections: () => connections,
    fault: 'none',
    close() {
      for (const timer of timers) clearTimeout(timer)
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
  return player
}

/** Bodies here are short, so each length is one byte. */
function plainFrame(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, body.length, type]), body])
}

function noiseFrame(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([1, content.length >> 8, content.length & 255]), content])
}

function fields(...list: readonly (readonly [number, string | number])[]): Buffer {
  return Buffer.concat(
    list.map(([field, value]) =>
      typeof value === 'number'
        ? Buffer.from([field << 3, value])
        : Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]),
    ),
  )
}
