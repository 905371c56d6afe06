import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Engine } from '../../scripts/engine/engine.ts'
import { type ComposeVersion, composePrograms } from '../../scripts/engine/packages.ts'
import { type ActionResult, type ActionRun, runAction } from '../executor.ts'

const OURS = join(import.meta.dirname, '../../dist/ocf/haha/compose-stack')
const RIVAL = '/usr/lib/ocf/resource.d/heartbeat/docker-compose'

/** A compose project of its own on an engine, run by one agent or the other. */
export class Trial {
  readonly engine: Engine
  readonly folder: string
  readonly project: string
  readonly #compose: ComposeVersion
  readonly #parameters: Readonly<Record<string, string>>

  constructor(
    engine: Engine,
    compose: ComposeVersion,
    yaml: string,
    parameters: Readonly<Record<string, string>> = {},
  ) {
    this.engine = engine
    this.#compose = compose
    // Small letters and digits, so that the project is named alike by everybody.
    this.folder = join(tmpdir(), `trial${randomBytes(6).toString('hex')}`)
    mkdirSync(this.folder)
    this.project = basename(this.folder)
    this.#parameters = parameters
    this.write(yaml)
  }

  write(yaml: string): void {
    writeFileSync(join(this.folder, 'docker-compose.yml'), yaml)
  }

  async ours(action: string, more: Partial<ActionRun> = {}): Promise<ActionResult> {
    const parameters = {
      directory: this.folder,
      socket: this.engine.socketPath,
      ...this.#parameters,
      ...more.parameters,
    }
    const environment = { ...(await this.engine.environment(this.#compose)), ...more.environment }
    return await runAction(OURS, {
      action,
      instance: this.project,
      netns: this.engine.netns,
      ...(action === 'monitor' ? { intervalMs: 20_000 } : {}),
      ...more,
      environment,
      parameters,
    })
  }

  /** The agent of the distribution, given the same compose. */
  async rival(action: string, timeoutMs = 60_000): Promise<ActionResult> {
    const binpath = join(await composePrograms(this.#compose), 'docker-compose')
    return await runAction(RIVAL, {
      action,
      instance: this.project,
      netns: this.engine.netns,
      timeoutMs,
      environment: await this.engine.environment(this.#compose),
      parameters: { dirpath: this.folder, binpath },
    })
  }

  /** Containers of this project that have a process, by the kernel's word and not by the engine's. */
  alive(): number {
    const ids = new Set<string>()
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        const id = /[/-]([0-9a-f]{64})/.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[1]
        if (id !== undefined && this.#isOurs(id)) ids.add(id)
      } catch {
        // Gone meanwhile.
      }
    }
    return ids.size
  }

  #isOurs(id: string): boolean {
    try {
      const config = readFileSync(join(this.engine.dataRoot, 'containers', id, 'config.v2.json'), 'utf8')
      return config.includes(`"com.docker.compose.project":"${this.project}"`)
    } catch {
      return false
    }
  }

  async container(service: string): Promise<string> {
    const label = `label=com.docker.compose.service=${service}`
    const { stdout } = await this.engine.docker([
      'ps',
      '-aq',
      '--filter',
      label,
      '--filter',
      `label=com.docker.compose.project=${this.project}`,
    ])
    return stdout.trim().split('\n')[0] ?? ''
  }

  async clear(): Promise<void> {
    const { stdout } = await this.engine.docker(['ps', '-aq'])
    const ids = stdout.split('\n').filter(id => id !== '')
    if (ids.length > 0) await this.engine.docker(['rm', '-f', ...ids])
    rmSync(this.folder, { recursive: true, force: true })
    for (const name of readdirSync('/run/resource-agents/haha')) {
      if (name.startsWith(`compose-stack-${this.project}`)) rmSync(`/run/resource-agents/haha/${name}`)
    }
  }
}

/** YAML of services that only sleep; `more` are further lines of each. */
export function sleepers(names: readonly string[], more = ''): string {
  return `services:\n${names.map(name => service(name, more)).join('')}`
}

export function service(name: string, more = '', command = 'sleep 1000000'): string {
  const lines = [
    'image: haha/busybox:1',
    'init: true',
    'stop_grace_period: 1s',
    `command: ["sh", "-c", "${command}"]`,
  ]
  return `  ${name}:\n${[...lines, ...more.split('\n').filter(line => line !== '')].map(line => `    ${line}\n`).join('')}`
}
