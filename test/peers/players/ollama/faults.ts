import { readFileSync, writeFileSync } from 'node:fs'

/** How the played Ollama behaves; read anew at each request from the file beside it. */
export interface Behaviour {
  /** Models on disk. */
  readonly models: readonly string[]
  readonly tokensPerSecond: number
  /** Share of a model that lies in video memory, 0 to 1. */
  readonly vramShare: number
  readonly loadMs: number
  /** Text of the 500 with which a model does not load. */
  readonly loadError: string
  /** A llama-server has /slots, the older runner of Ollama has none. */
  readonly slots: boolean
  /** Main file of node-llama-cpp: tokens are made by the model in `modelFile`, and not by the clock. */
  readonly engine: string
  readonly modelFile: string
  /** The runner stops when it is next asked for tokens, as on a GPU that hangs. */
  readonly hangs: boolean
  /** Folder of a frozen filesystem: there the runner waits in uninterruptible sleep when it is next asked for tokens. */
  readonly sleepsIn: string
  /** Instead of proper answers. */
  readonly answers: 'proper' | 'none' | 'stranger' | 'cut-off' | 'endless' | 'error'
  /** How long after its listener the server really answers: discovery of GPUs. */
  readonly discoveryMs: number
  /** Printed instead of serving; exit code 1. */
  readonly fatal: string
}

export const healthy: Behaviour = {
  models: ['tiny:latest', 'llama3.2:3b'],
  tokensPerSecond: 200,
  vramShare: 1,
  loadMs: 0,
  loadError: '',
  slots: true,
  engine: '',
  modelFile: '',
  hangs: false,
  sleepsIn: '',
  answers: 'proper',
  discoveryMs: 0,
  fatal: '',
}

export function behaviourFile(program: string): string {
  return `${program}.behaviour.json`
}

export function writeBehaviour(program: string, behaviour: Partial<Behaviour>): void {
  writeFileSync(behaviourFile(program), JSON.stringify(behaviour))
}

export function readBehaviour(program: string): Behaviour {
  let told: unknown
  try {
    told = JSON.parse(readFileSync(behaviourFile(program), 'utf8'))
  } catch {
    return healthy
  }
  return typeof told === 'object' ? { ...healthy, ...told } : healthy
}
