import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Answer, allAnswer, lastIndex, readAnswer } from '../drill/answers.ts'
import { EVERY_MS } from '../drill/asking.ts'

const RESTING_MS = 1_000

/** A client outside the nodes that asks every service of the house, ten times a second unless it is told another pace. */
export interface Client {
  /** All answers so far, in the order in which they came. */
  readonly answers: readonly Answer[]
  /** Whether each of these services has answered without a miss for a second, since `fromMs`. */
  steady(services: readonly string[], fromMs: number): boolean
  /** Called when a service stops answering or answers again. */
  onChange(tell: (answer: Answer) => void): void
  /** Asks once a second, and tells no change, while somebody else measures; and as before again. */
  rest(isResting: boolean): void
  close(): Promise<void>
}

/**
 * Starts a client in a network namespace of `/run/netns`; it ends with this process at the latest.
 *
 * @param program file beside this one that asks, and prints a line for each answer
 */
export function startClient(namespace: string, address: string, program = 'run-client.ts'): Client {
  const file = join(import.meta.dirname, program)
  const enter = [`--net=/run/netns/${namespace}`, process.execPath, file, address]
  // A session of its own: Ctrl-C is for the demo, which still needs the client's last lines.
  const child = spawn('nsenter', enter, { cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  const answers: Answer[] = []
  const states = new Map<string, Answer>()
  const listeners: ((answer: Answer) => void)[] = []
  let resting = false
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', error => reject(new Error(`the client did not start: ${error.message}`)))
    child.once('exit', () => resolve())
  })
  ended.catch(() => undefined)
  createInterface({ input: child.stdout }).on('line', line => {
    const answer = readAnswer(line)
    if (answer === undefined) return
    answers.push(answer)
    const known = states.get(answer.service)
    // A question that timed out ends after later ones that were answered: the newest question counts.
    if (known !== undefined && answer.sentMs < known.sentMs) return
    states.set(answer.service, answer)
    if (resting) return
    if (known === undefined ? answer.ok : known.ok !== answer.ok) for (const tell of listeners) tell(answer)
  })
  return {
    answers,
    steady: (services, fromMs) => allAnswer(recent(answers, fromMs), services, fromMs),
    onChange: tell => void listeners.push(tell),
    rest(isResting) {
      resting = isResting
      child.stdin.write(`${isResting ? RESTING_MS : EVERY_MS}\n`)
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}

/** The end of a long list, without looking at all of it. */
function recent(answers: readonly Answer[], fromMs: number): readonly Answer[] {
  // An answer comes at most its time limit after its question.
  const start = lastIndex(answers, one => one.doneMs < fromMs - 2_000)
  return answers.slice(start + 1)
}
