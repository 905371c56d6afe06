import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { readBehaviour } from './faults.ts'

/** Begins a generation; each call of what it gives makes one token. */
export type TokenMaker = () => () => Promise<void>

/** Tokens by the clock, at the played speed. */
export const playedTokens =
  (program: string): TokenMaker =>
  () =>
  async () => {
    spin(2)
    await pause(Math.max(0, 1000 / readBehaviour(program).tokensPerSecond - 2))
  }

/** Processor time that a real runner uses for each token. */
function spin(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/**
 * Tokens of a real model, made by llama.cpp on the processor.
 * @param engine main file of node-llama-cpp
 * @param modelPath in the GGUF format
 */
export async function realTokens(engine: string, modelPath: string): Promise<TokenMaker> {
  const library: unknown = await import(pathToFileURL(engine).href)
  const llama = await call(library, 'getLlama', { gpu: false, build: 'never', progressLogs: false })
  const model = await call(llama, 'loadModel', { modelPath })
  const context = await call(model, 'createContext', { contextSize: 2048, threads: 1 })
  const sequence = call(context, 'getSequence')
  return () => {
    const cleared = call(sequence, 'clearHistory')
    // 1 is <s>; a random model may well say that it has ended.
    const generation = call(sequence, 'evaluate', [1], { yieldEogToken: true })
    return async () => {
      await cleared
      await call(generation, 'next')
    }
  }
}

function call(target: unknown, method: string, ...args: readonly unknown[]): unknown {
  const member: unknown = Reflect.get(Object(target), method)
  if (typeof member !== 'function') throw new Error(`node-llama-cpp has no ${method}()`)
  const answer: unknown = Reflect.apply(member, target, args)
  return answer
}
