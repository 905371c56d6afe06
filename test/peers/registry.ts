import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { httpAnswer } from './stack.ts'

/** A registry of images, Debian's docker-registry, on the loopback of an engine's network namespace. */
export interface Registry {
  /** `host:port`: what an image's name begins with. */
  readonly address: string
  end(): Promise<void>
}

const address = '127.0.0.1:5000'

/** @throws when it does not answer within half a minute */
export async function serveRegistry(engine: Engine): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'))
  const configuration = join(folder, 'config.yml')
  const store = `storage: {filesystem: {rootdirectory: ${folder}/images}}`
  writeFileSync(configuration, `version: 0.1\nlog: {level: error}\n${store}\nhttp: {addr: "${address}"}\n`)
  const command = [`--net=/run/netns/${engine.netns}`, 'docker-registry', 'serve', configuration]
  const server = spawn('nsenter', command, { stdio: 'ignore' })
  const gone = once(server, 'exit')
  const end = async () => {
    server.kill('SIGKILL')
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const answer = () => httpAnswer(engine, `http://${address}/v2/`).catch(() => undefined)
    await expect.poll(answer, { timeout: 30_000 }).toBeDefined()
    return { address, end }
  } catch (error) {
    await end()
    throw error
  }
}
