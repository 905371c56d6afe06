import { connect, type Socket } from 'node:net'
import { encodeFrame, SYNCHRONOUS } from './znp-frame.ts'

/** What Zigbee2MQTT does on its connection to a coordinator: a request every so often, answered or not. */
export interface ZigbeeClient {
  /** Requests stop or go on; the connection stays. */
  talk(talks: boolean): void
  /** One request now; whether anything came back in time. */
  ask(timeoutMs: number): Promise<boolean>
  /** Whether the coordinator closed it, or it was never made. */
  readonly lost: boolean
  close(): void
}

export function playZigbeeClient(place: {
  readonly host: string
  readonly port: number
  readonly everyMs: number
}): Promise<ZigbeeClient> {
  const ping = encodeFrame({ type: SYNCHRONOUS, subsystem: 1, command: 1, payload: Buffer.alloc(0) })
  let talks = true
  let lost = false
  const socket: Socket = connect(place.port, place.host)
  const timer = setInterval(() => {
    if (talks && !lost) socket.write(ping)
  }, place.everyMs)
  const gone = () => {
    lost = true
    clearInterval(timer)
    socket.destroy()
  }
  socket.on('close', gone)
  socket.resume()
  return new Promise((resolve, reject) => {
    socket.on('error', cause => {
      gone()
      reject(cause)
    })
    socket.on('connect', () => {
      socket.write(ping)
      resolve({
        talk(now) {
          talks = now
        },
        ask(timeoutMs) {
          socket.write(ping)
          return new Promise(answered => {
            const limit = setTimeout(() => answered(false), timeoutMs)
            socket.once('data', () => {
              clearTimeout(limit)
              answered(true)
            })
          })
        },
        get lost() {
          return lost
        },
        close: gone,
      })
    })
  })
}
