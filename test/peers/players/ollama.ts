import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  isSameProcess,
  kernelText,
  type ProcessStat,
  processIds,
  processStat,
} from '../../../lib/host/processes.ts'
import { type Behaviour, writeBehaviour } from './ollama/faults.ts'

/** A played Ollama as it is installed: a program that an agent can run as `ollama serve`. */
export interface PlayedOllama {
  readonly folder: string
  readonly program: string
  readonly models: string
  readonly port: number
  behave(behaviour: Partial<Behaviour>): void
  servers(): readonly ProcessStat[]
  runners(): readonly ProcessStat[]
  /** Ends whatever lives of it and removes it. */
  remove(): void
}

/** Installs one in a folder of its own, with a port of its own. */
export async function installOllama(): Promise<PlayedOllama> {
  const folder = mkdtempSync(join(tmpdir(), 'haha-ollama-'))
  chmodSync(folder, 0o755)
  const program = join(folder, 'ollama')
  const main = join(import.meta.dirname, 'ollama/run.ts')
  writeFileSync(program, `#!${process.execPath}\nimport(${JSON.stringify(main)})\n`)
  chmodSync(program, 0o755)
  const models = join(folder, 'models')
  mkdirSync(models)
  chmodSync(models, 0o777)
  const own = (command: string) =>
    processIds().flatMap(pid => {
      const [, script, word] = kernelText(`/proc/${pid}/cmdline`).split('\0')
      const stat = script === program && word === command ? processStat(pid) : undefined
      return stat !== undefined && isSameProcess(stat) ? [stat] : []
    })
  return {
    folder,
    program,
    models,
    port: await freePort(),
    behave: behaviour => writeBehaviour(program, behaviour),
    servers: () => own('serve'),
    runners: () => own('runner'),
    remove() {
      for (const { pid } of [...own('serve'), ...own('runner')]) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It ended by itself.
        }
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
