import type { Talk } from '../../../lib/net/conversation.ts'
import type { ProbeAnswer } from '../../../lib/net/probe.ts'
import { oneLine } from '../../../lib/ocf/exit-reason.ts'
import {
  dialogue,
  disconnectRequest,
  type EsphomeIdentity,
  helloRequest,
  readServerHello,
  wrongDevice,
} from './esphome-dialogue.ts'
import {
  type EsphomeMessage,
  noiseFrame,
  readNoiseFrame,
  readSealedContent,
  sealedContent,
} from './esphome-frames.ts'
import { NoiseFailure, type NoiseSession, startNoise } from './noise.ts'

/** What both sides mix into the handshake: a fixed text and the length of the client's empty greeting. */
const prologue = Buffer.from('NoiseAPIInit\0\0')
const clientHello = noiseFrame(Buffer.alloc(0))

/**
 * The whole talk, encrypted. The device greets with its name, then takes or refuses the handshake: a
 * refusal is an answer of a living device.
 */
export async function encryptedTalk(where: string, key: Buffer, expected: string): Promise<Talk> {
  const noise = await startNoise({ prologue, psk: key })
  const next = dialogue(where, expected)
  let at = 0
  let greeted: EsphomeIdentity | undefined
  let session: NoiseSession | undefined
  let farewell: Buffer = Buffer.alloc(0)
  const sealed = (by: NoiseSession, message: EsphomeMessage) => noiseFrame(by.seal(sealedContent(message)))

  const hear = (content: Buffer): ReturnType<Talk['judge']> => {
    if (greeted === undefined) {
      greeted = readServerHello(content)
      return greeted === undefined ? broken(where) : wrongDevice(where, expected, greeted)
    }
    if (session === undefined) {
      if (content[0] !== 0) return refusal(where, content, greeted)
      session = noise.finish(content.subarray(1)).session
      return { kind: 'say', bytes: sealed(session, helloRequest) }
    }
    const message = readSealedContent(session.open(content))
    if (message === undefined) return broken(where)
    const step = next(message)
    if (step === undefined) return undefined
    if ('type' in step) return { kind: 'say', bytes: sealed(session, step) }
    farewell = sealed(session, disconnectRequest)
    return step
  }
  return {
    hello: Buffer.concat([clientHello, noiseFrame(Buffer.concat([Buffer.from([0]), noise.message]))]),
    get farewell() {
      return farewell
    },
    judge(received) {
      for (;;) {
        const frame = readNoiseFrame(received, at)
        if (frame.kind === 'partial') return undefined
        if (frame.kind === 'broken') return broken(where)
        at = frame.end
        try {
          const verdict = hear(frame.content)
          if (verdict !== undefined) return verdict
        } catch (error) {
          if (!(error instanceof NoiseFailure)) throw error
          return failed(`${where} does not hold the key it claims to take: ${error.message}`)
        }
      }
    },
  }
}

/** Only the greeting of an encrypted device, which tells its name without the key. */
export function greetingTalk(where: string, expected: string): Talk {
  return {
    hello: clientHello,
    farewell: Buffer.alloc(0),
    judge(received) {
      const frame = readNoiseFrame(received, 0)
      if (frame.kind === 'partial') return undefined
      const greeted = frame.kind === 'frame' ? readServerHello(frame.content) : undefined
      if (greeted === undefined) return broken(where)
      const seen = `${greeted.name || 'a device'}, encrypted, and no key is given`
      return wrongDevice(where, expected, greeted) ?? { kind: 'alive', seen }
    },
  }
}

function refusal(where: string, content: Buffer, { name }: EsphomeIdentity): ProbeAnswer {
  const why = oneLine(content.subarray(1).toString('utf8'), 40)
  const seen = `${name || 'a device'} refuses the key of esphome_key_file (${why})`
  return { kind: 'alive', seen, doubt: `${where} is alive, but ${seen}` }
}

function broken(where: string): ProbeAnswer {
  return failed(`${where} answered something that is not the encrypted ESPHome API`)
}

function failed(reason: string): ProbeAnswer {
  return { kind: 'failed', damped: false, reason }
}
