import { limitText } from '../../../lib/net/http-failure.ts'
import type { ProbeAnswer } from '../../../lib/net/probe.ts'
import { askInTime } from './ask-in-time.ts'
import type { Target, TargetProbe } from './target.ts'

/**
 * DESCRIPTION_REQUEST (KNX standard 03.08.02, section 7.7.1) whose answer is to go to where it came from:
 * it takes none of the few tunnels of the interface.
 */
export const descriptionRequest = Buffer.from('06100203000e0801000000000000', 'hex')
const descriptionResponse = 0x0204
const deviceInformation = 0x01

export const probeKnxTarget: TargetProbe = (target, limits) =>
  askInTime(target, limits, timeoutMs => askOnce(target, timeoutMs))

async function askOnce(target: Target, timeoutMs: number): Promise<ProbeAnswer> {
  const { createSocket } = await import('node:dgram')
  return new Promise(resolve => {
    const family = target.host.includes(':') ? 6 : 4
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // The default asks the resolver even for addresses.
      lookup: (host, _options, found) => process.nextTick(found, null, host, family),
    })
    let settled = false
    const settle = (answer: ProbeAnswer) => {
      if (settled) return
      settled = true
      clearTimeout(limit)
      socket.close()
      resolve(answer)
    }
    const reason = `${target.url} gave no answer within ${limitText(timeoutMs)}`
    // setImmediate: on a loaded machine the limit and the answer may both be due; the answer goes first.
    const limit = setTimeout(() => setImmediate(() => settle({ kind: 'timeout', reason })), timeoutMs)
    socket.on('error', error => {
      const code = 'code' in error ? String(error.code) : error.name
      const what =
        code === 'ECONNREFUSED'
          ? 'refused: nothing listens there'
          : `cannot be reached from this node (${code})`
      settle({ kind: 'failed', damped: false, reason: `${target.url} ${what}` })
    })
    socket.on('message', datagram => settle(judgeKnx(datagram, target.url)))
    // Connected: datagrams from elsewhere are not ours, and a port that nobody holds is told.
    socket.once('connect', () => socket.send(descriptionRequest))
    socket.connect(target.port, target.host)
  })
}

/** Reads a DESCRIPTION_RESPONSE: header, then blocks of length and type, the device's own among them. */
export function judgeKnx(datagram: Buffer, where: string): ProbeAnswer {
  const failed = (what: string) => ({ kind: 'failed', damped: false, reason: `${where} ${what}` }) as const
  if (datagram.length < 6 || datagram.readUInt16BE(0) !== 0x0610)
    return failed('answered something that is not KNXnet/IP')
  const service = datagram.readUInt16BE(2)
  if (service !== descriptionResponse)
    return failed(
      `answered with KNX service 0x${service.toString(16).padStart(4, '0')} instead of a description`,
    )
  if (datagram.readUInt16BE(4) !== datagram.length) return failed('answered with a KNX frame that is cut off')
  for (let at = 6; at < datagram.length; ) {
    const length = datagram[at] ?? 0
    if (length < 2 || at + length > datagram.length) return failed('answered with a broken KNX description')
    if (datagram[at + 1] === deviceInformation && length >= 0x36) {
      const name = datagram.subarray(at + 24, at + 54).toString('latin1')
      const address = datagram.readUInt16BE(at + 4)
      const place = `${address >> 12}.${(address >> 8) & 15}.${address & 255}`
      return { kind: 'alive', seen: `${name.replace(/\0.*/s, '')} (${place})` }
    }
    at += length
  }
  return failed('answered with a KNX description without its device')
}
