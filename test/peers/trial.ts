import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Engine } from '../../scripts/engine/engine.ts'
import { type ComposeVersion, composePrograms } from '../../scripts/engine/packages.ts'
import { type ActionResult, type ActionRun, runAction } from '../executor.ts'
import { httpAnswer } from './stack.ts'

const OURS = join(import.meta.dirname, '../../dist/ocf/haha/compose-stack')
/** Where stop keeps the last words of failed services. */
export const LOGS = '/var/log/haha-ocf'
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

  /** A monitor as at a node's start, or before the first start. */
  probe(more: Partial<ActionRun> = {}): Promise<ActionResult> {
    return this.ours('monitor', {
      ...more,
      environment: { OCF_RESKEY_CRM_meta_interval: '0', ...more.environment },
    })
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

  /** One field of the engine's own account of a service's container, as a Go template. */
  async inspect(service: string, template: string): Promise<string> {
    const { stdout } = await this.engine.docker([
      'inspect',
      '--format',
      template,
      await this.container(service),
    ])
    return stdout.trim()
  }

  /** Tells a stand-in's listener how to behave from now on; one told to die does not answer. */
  async misbehave(port: number, mode: string): Promise<void> {
    await httpAnswer(this.engine, `http://127.0.0.1:${port}/misbehave?mode=${mode}`).catch(() => undefined)
  }

  /** Looks again and again for so long, and throws as soon as anything of this project lives. */
  async staysDead(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds
    do {
      const alive = this.alive()
      if (alive > 0) throw new Error(`${alive} containers of ${this.project} came alive`)
      await new Promise(resolve => setTimeout(resolve, 250))
    } while (performance.now() < end)
  }

  async clear(): Promise<void> {
    const { stdout } = await this.engine.docker(['ps', '-aq'])
    const ids = stdout.split('\n').filter(id => id !== '')
    if (ids.length > 0) await this.engine.docker(['rm', '-f', ...ids])
    rmSync(this.folder, { recursive: true, force: true })
    removeRemains(this.project)
  }
}

/** Removes what the agent keeps of an instance: state, requests, durations, saved logs. */
export function removeRemains(instance: string): void {
  for (const [folder, prefix] of [
    ['/run/resource-agents/haha', `compose-stack-${instance}`],
    ['/run/resource-agents/haha/requests', `compose-stack-${instance}`],
    [LOGS, instance],
  ] as const) {
    if (!existsSync(folder)) continue
    for (const name of readdirSync(folder)) {
      if (name.startsWith(prefix)) rmSync(join(folder, name), { force: true })
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
  return block(name, [...lines, ...more.split('\n')])
}

/** A service with an HTTP listener that misbehaves on command, published on its port. */
export function standin(name: string, port: number, more = ''): string {
  const lines = [
    'image: haha/standin:1',
    'restart: always',
    'stop_grace_period: 1s',
    `environment: {STANDIN_PORT: ${port}, STANDIN_NODE: n1}`,
    `ports: ["127.0.0.1:${port}:${port}"]`,
  ]
  return block(name, [...lines, ...more.split('\n')])
}

function block(name: string, lines: readonly string[]): string {
  const filled = lines.filter(line => line !== '')
  return `  ${name}:\n${filled.map(line => `    ${line}\n`).join('')}`
}
