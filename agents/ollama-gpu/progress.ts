import { monotonicMs, pause } from '../../lib/host/clock.ts'
import { processState } from '../../lib/host/processes.ts'
import { httpRequest } from '../../lib/net/http.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import { booleanAt, items, type Json, numberAt, objectAt, parseJson } from '../../lib/ocf/json.ts'
import { processorTicks, type Runner } from './runners.ts'

/**
 * What a runner that let a token wait is doing. `proved`: its own counters say that tokens are made.
 * `idle`: they say that nothing is to be done any more. `believed`: it uses processor time, and that is all
 * that can be seen.
 */
export type Progress = 'proved' | 'idle' | 'believed' | 'none'

/** A slow CPU makes a token in a second or two. */
const watchMs = 4000
const betweenMs = 500
const slotsMs = 1000

/** Processor time that is more than the runner's answers to its health check: 20 ms. */
const leastTicks = 2

/** Watches a runner until it shows progress, for four seconds at most. */
export async function watchProgress(runner: Runner): Promise<Progress> {
  const end = monotonicMs() + watchMs
  const isStopped = () => processState(runner.pid) === 'T'
  if (isStopped()) return 'none'
  const first = await slotsOf(runner)
  const ticks = processorTicks(runner.pid)
  if (first?.busy === false) return 'idle'
  for (;;) {
    await pause(betweenMs)
    if (isStopped()) return 'none'
    const works = processorTicks(runner.pid) - ticks >= leastTicks
    // Without counters there is no proof to wait for.
    if (works && first === undefined) return 'believed'
    const now = await slotsOf(runner)
    if (now?.busy === false) return 'idle'
    if (first !== undefined && now !== undefined && now.mark !== first.mark) return 'proved'
    if (monotonicMs() >= end) return works ? 'believed' : 'none'
  }
}

interface Slots {
  readonly busy: boolean
  /** Changes with every token and every task. */
  readonly mark: string
}

/** What llama-server tells at /slots; undefined when there is none, or no answer. */
async function slotsOf({ port }: Runner): Promise<Slots | undefined> {
  if (port === undefined) return undefined
  try {
    const reply = await httpRequest({ host: '127.0.0.1', port }, { path: '/slots', timeoutMs: slotsMs })
    const slots = items(reply.status === 200 ? parseJson(reply.text()) : undefined)
    if (slots.length === 0) return undefined
    return {
      busy: slots.some(slot => booleanAt(slot, 'is_processing') === true),
      mark: JSON.stringify(slots.map(slot => [numberAt(slot, 'id_task') ?? null, decodedOf(slot) ?? null])),
    }
  } catch (cause) {
    if (!(cause instanceof HttpFailure)) throw cause
    return undefined
  }
}

/** `next_token` is an object or, in newer ones, a list of one. */
function decodedOf(slot: Json): number | undefined {
  const tokens = objectAt({ slot }, 'slot')?.next_token
  return numberAt(items(tokens)[0] ?? tokens, 'n_decoded')
}
