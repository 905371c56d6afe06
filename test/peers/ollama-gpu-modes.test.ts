import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MODEL, type OllamaTrial, ollamaTrial } from './ollama-trial.ts'
import { type PlayedEngine, playEngine } from './players/docker-engine.ts'

let trial: OllamaTrial

beforeEach(async () => {
  trial = await ollamaTrial()
})
afterEach(() => trial?.end())

const environment = () => ({
  HOME: '/root',
  OLLAMA_HOST: `127.0.0.1:${trial.ollama.port}`,
  OLLAMA_MODELS: trial.ollama.models,
})

describe('mode docker', () => {
  let engine: PlayedEngine
  const wish = () => ({ parameters: { mode: 'docker', container: 'voice', socket: engine.socketPath } })

  beforeEach(async () => {
    const command = { program: trial.ollama.program, args: ['serve'], env: environment() }
    engine = await playEngine(join(trial.ollama.folder, 'docker.sock'), 'voice', command)
  })
  afterEach(() => engine?.close())

  test('starts the container, loads the model, watches it and stops it', async () => {
    expect((await trial.act('monitor', wish())).code).toBe(7)
    const { code, stderr } = await trial.act('start', wish())
    expect({ code, running: engine.container.running(), policy: engine.container.policy }).toEqual({
      code: 0,
      running: true,
      policy: 'no',
    })
    expect(stderr).toContain('restart policy always, switched off')
    expect((await trial.loaded())?.expires_at).toMatch(/^2319/)
    for (const checkLevel of [0, 10, 20])
      expect(await trial.act('monitor', { intervalMs: 15_000, checkLevel, ...wish() })).toMatchObject({
        code: 0,
        stderr: '',
      })
    expect((await trial.act('stop', wish())).code).toBe(0)
    expect(engine.container.running()).toBe(false)
    expect((await trial.act('monitor', wish())).code).toBe(7)
  })

  test('is watched and ended while the engine is away', async () => {
    await trial.act('start', wish())
    // The engine's socket goes; its container lives on, as with a crashed dockerd.
    rmSync(engine.socketPath)
    expect(trial.ollama.servers()).toHaveLength(1)
    expect((await trial.act('monitor', { intervalMs: 15_000, ...wish() })).code).toBe(0)
    expect((await trial.act('stop', { timeoutMs: 40_000, ...wish() })).code).toBe(0)
    expect(trial.ollama.servers()).toEqual([])
  })

  test('a container that does not exist bans the node, and a probe finds nothing', async () => {
    const parameters = { ...wish().parameters, container: 'absent' }
    expect(await trial.act('start', { parameters })).toMatchObject({
      code: 5,
      reason: expect.stringContaining('container absent does not exist on this node'),
    })
    expect((await trial.act('monitor', { parameters })).code).toBe(7)
    expect((await trial.act('stop', { parameters })).code).toBe(0)
  })
})

/** Enough of systemctl to start, show and stop one unit; its main process is real. */
function playSystemctl(trial: OllamaTrial, restart: string): void {
  const { programs } = trial.gpu
  const pidFile = join(trial.ollama.folder, 'unit.pid')
  const variables = Object.entries(environment()).map(([name, value]) => `${name}=${value}`)
  const text = `#!/bin/sh
pid=$(cat ${pidFile} 2>/dev/null)
kill -0 "$pid" 2>/dev/null || pid=0
case "$1" in
show) echo "LoadState=loaded\nActiveState=x\nMainPID=$pid\nControlGroup=\nRestart=${restart}" ;;
start) [ "$pid" != 0 ] || { setsid env ${variables.join(' ')} ${trial.ollama.program} serve </dev/null >/dev/null 2>&1 & echo $! > ${pidFile}; } ;;
stop) [ "$pid" = 0 ] || { kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done; } ;;
esac
`
  writeFileSync(join(programs, 'systemctl'), text)
  chmodSync(join(programs, 'systemctl'), 0o755)
}

describe('mode systemd', () => {
  const wish = { parameters: { mode: 'systemd', unit: 'ollama.service' } }

  test('starts the unit, loads the model, watches it and stops it', async () => {
    playSystemctl(trial, 'always')
    expect((await trial.act('monitor', wish)).code).toBe(7)
    const { code, stderr } = await trial.act('start', wish)
    expect(code).toBe(0)
    expect(stderr).toContain('has Restart=always, which fights Pacemaker')
    for (const checkLevel of [0, 10, 20])
      expect(await trial.act('monitor', { intervalMs: 15_000, checkLevel, ...wish })).toMatchObject({
        code: 0,
        stderr: '',
      })
    for (const { pid } of trial.ollama.runners()) process.kill(pid, 'SIGSTOP')
    const hung = { ...wish, parameters: { ...wish.parameters, infer_timeout: '1s' } }
    expect((await trial.act('monitor', { intervalMs: 15_000, checkLevel: 20, ...hung })).reason).toContain(
      `no token of ${MODEL}`,
    )
    for (const { pid } of trial.ollama.runners()) process.kill(pid, 'SIGCONT')
    expect((await trial.act('stop', wish)).code).toBe(0)
    expect([...trial.ollama.servers(), ...trial.ollama.runners()]).toEqual([])
  })
})
