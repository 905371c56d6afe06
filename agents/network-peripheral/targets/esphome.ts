import { monotonicMs } from '../../../lib/host/clock.ts'
import { converse, type Talk } from '../../../lib/net/conversation.ts'
import { limitText } from '../../../lib/net/http-failure.ts'
import type { ProbeAnswer } from '../../../lib/net/probe.ts'
import { askInTime } from './ask-in-time.ts'
import { dialogue, disconnectRequest, helloRequest } from './esphome-dialogue.ts'
import { noiseIndicator, plainFrame, plainIndicator, readPlainFrame } from './esphome-frames.ts'
import { encryptedTalk, greetingTalk } from './esphome-noise.ts'
import type { ProbeLimits, Target, TargetProbe } from './target.ts'

/** More than every answer to our questions, together with what a chatty device may put between them. */
const mostBytes = 32 * 1024

/**
 * Asks an ESPHome device over its native API who it is: encrypted with the key, or in the plain. A device
 * that wants another key lives all the same, and its greeting tells its name. With a key, a device that
 * speaks no encryption is asked in the plain: one key file may serve several devices.
 */
export const probeEsphomeTarget: TargetProbe = (target, limits) =>
  askInTime(target, limits, timeoutMs => askDevice(target, limits, timeoutMs))

async function askDevice(target: Target, limits: ProbeLimits, timeoutMs: number): Promise<ProbeAnswer> {
  const end = monotonicMs() + timeoutMs
  const expected = target.path.slice(1)
  const silent: ProbeAnswer = {
    kind: 'timeout',
    reason: `${target.url} gave no answer within ${limitText(timeoutMs)}`,
  }
  const ask = async (talk: Talk) => {
    const judged = bounded(talk, target.url)
    const answer = await converse(target, Math.max(1, end - monotonicMs()), judged.talk)
    // The limit is one for all connections of this look, and the one to be told.
    return { answer: answer.kind === 'timeout' ? silent : answer, first: judged.first() }
  }
  if (limits.esphomeKey !== undefined) {
    const { answer, first } = await ask(await encryptedTalk(target.url, limits.esphomeKey, expected))
    const declined = answer.kind === 'failed' && (answer.closed === true || first === plainIndicator)
    if (!declined) return answer
  }
  const { answer, first } = await ask(plainTalk(target.url, expected))
  if (first !== noiseIndicator) return answer
  const encrypted: ProbeAnswer = { kind: 'alive', seen: 'encrypted, and no key is given' }
  return expected === '' ? encrypted : (await ask(greetingTalk(target.url, expected))).answer
}

function plainTalk(where: string, expected: string): Talk {
  const next = dialogue(where, expected)
  let at = 0
  return {
    hello: plainFrame(helloRequest),
    farewell: plainFrame(disconnectRequest),
    judge(received) {
      for (;;) {
        const frame = readPlainFrame(received, at)
        if (frame.kind === 'partial') return undefined
        if (frame.kind === 'broken') return brokenFrame(where)
        at = frame.end
        const step = next(frame.content)
        if (step === undefined) continue
        return 'type' in step ? { kind: 'say', bytes: plainFrame(step) } : step
      }
    },
  }
}

function brokenFrame(where: string): ProbeAnswer {
  return { kind: 'failed', damped: false, reason: `${where} answered something that is not the ESPHome API` }
}

/** Ends a talk that never comes to its end, and keeps its first byte, which tells the kind of frames. */
function bounded(talk: Talk, where: string) {
  let first: number | undefined
  return {
    first: () => first,
    talk: {
      hello: talk.hello,
      get farewell() {
        return talk.farewell
      },
      judge(received: Buffer) {
        first ??= received[0]
        const verdict = talk.judge(received)
        if (verdict !== undefined || received.length < mostBytes) return verdict
        return { kind: 'failed', damped: false, reason: `${where} answers without end` } as const
      },
    },
  }
}
