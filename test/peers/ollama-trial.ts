import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { stateFolder } from '../../lib/ocf/state-file.ts'
import { type ActionResult, type ActionRun, runAction } from '../executor.ts'
import { type PlayedGpu, playGpu } from './players/nvidia.ts'
import { installOllama, type PlayedOllama } from './players/ollama.ts'

const OURS = join(import.meta.dirname, '../../dist/ocf/haha/ollama-gpu')
export const MODEL = 'tiny:latest'

/** What /api/ps says of the loaded model. */
export interface Loaded {
  readonly expires_at: string
  readonly context_length: number
}

/** A played Ollama and a played GPU, run by the agent. */
export interface OllamaTrial {
  readonly ollama: PlayedOllama
  readonly gpu: PlayedGpu
  readonly instance: string
  readonly bundle: string
  /** A recurring monitor, for who runs the bundle by other means; the GPU is the real machine's then. */
  readonly monitorRun: ActionRun
  act(action: string, more?: Partial<ActionRun>): Promise<ActionResult>
  /** A recurring monitor of that depth. */
  monitor(depth: 0 | 10 | 20, parameters?: Readonly<Record<string, string>>): Promise<ActionResult>
  /** A client's request; the answer, or undefined when it ended without one. */
  post(path: string, body: object): { readonly answer: Promise<unknown>; abort(): void }
  loaded(): Promise<Loaded | undefined>
  end(): void
}

export async function ollamaTrial(parameters: Readonly<Record<string, string>> = {}): Promise<OllamaTrial> {
  const ollama = await installOllama()
  const gpu = playGpu(ollama.folder, OURS)
  const instance = `ollama-${randomBytes(4).toString('hex')}`
  const own = {
    binary: ollama.program,
    user: 'root',
    host: `127.0.0.1:${ollama.port}`,
    models_dir: ollama.models,
    model: MODEL,
    ...parameters,
  }
  const act = (action: string, more: Partial<ActionRun> = {}) =>
    runAction(gpu.agent, {
      action,
      instance,
      timeoutMs: 30_000,
      ...more,
      environment: { PATH: `${gpu.programs}:${process.env.PATH ?? ''}`, ...more.environment },
      parameters: { ...own, ...more.parameters },
    })
  const post = (path: string, body: object | undefined) => {
    const sent = request({ port: ollama.port, path, method: body === undefined ? 'GET' : 'POST' })
    const answer = new Promise<unknown>(resolve => {
      sent.on('error', () => resolve(undefined))
      sent.on('response', async reply => {
        let text = ''
        for await (const chunk of reply.setEncoding('utf8')) text += chunk
        resolve(JSON.parse(text))
      })
    })
    sent.end(body === undefined ? undefined : JSON.stringify(body))
    return { answer, abort: () => void sent.destroy() }
  }
  return {
    ollama,
    gpu,
    instance,
    bundle: OURS,
    monitorRun: { action: 'monitor', instance, parameters: own, intervalMs: 15_000 },
    act,
    monitor: (depth, wanted = {}) =>
      act('monitor', { intervalMs: 15_000 + depth, checkLevel: depth, parameters: wanted }),
    post,
    async loaded() {
      const told = await post('/api/ps', undefined).answer
      const models: unknown = typeof told === 'object' && told !== null && 'models' in told ? told.models : []
      const first: unknown = Array.isArray(models) ? models[0] : undefined
      return isLoaded(first) ? first : undefined
    },
    end() {
      ollama.remove()
      for (const name of existsSync(stateFolder) ? readdirSync(stateFolder) : [])
        if (name.startsWith(`ollama-gpu-${instance}`)) rmSync(join(stateFolder, name), { force: true })
      rmSync(`/var/log/haha-ocf/ollama-${instance}.log`, { force: true })
    },
  }
}

function isLoaded(value: unknown): value is Loaded {
  return typeof value === 'object' && value !== null && 'expires_at' in value && 'context_length' in value
}
