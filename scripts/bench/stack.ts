import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { stateFolder } from '../../lib/ocf/state-file.ts'
import { environmentOf, runAction } from '../../test/executor.ts'
import type { Engine } from '../engine/engine.ts'
import { reapLeftovers } from '../engine/leftovers.ts'
import { startStockedEngine } from '../engine/stocked.ts'

/** A stack of five services that runs under the agent, and what it takes to look at it. */
export interface RunningStack {
  readonly engine: Engine
  readonly directory: string
  /** Environment of a recurring monitor with these probes, as Pacemaker gives it. */
  monitorEnvironment(probes: string): Record<string, string>
  close(): Promise<void>
}

const tlsPort = 8443

/** What is asked at every monitor: three services, by what most people would configure. */
export const probes = {
  plain: 'web=http://127.0.0.1:8123/ api=http://127.0.0.1:6052/ broker=tcp://127.0.0.1:1883',
  https: `web=https://127.0.0.1:${tlsPort}/ api=http://127.0.0.1:6052/ broker=tcp://127.0.0.1:1883`,
  exec: 'web=http://127.0.0.1:8123/ api=http://127.0.0.1:6052/ broker=exec:true',
} as const

/**
 * Starts an engine, the newest that Debian offers, and on it the stack, through the agent's own start.
 * @param name of the engine, unique among those that live
 * @param agent the bundle
 */
export async function startStack(name: string, agent: string): Promise<RunningStack> {
  await reapLeftovers()
  const directory = await mkdtemp(join(tmpdir(), 'haha-bench-'))
  const removers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })]
  const close = async () => {
    const failures: unknown[] = []
    for (const remove of removers.splice(0).reverse())
      await remove().catch((cause: unknown) => failures.push(cause))
    if (failures.length > 0) throw failures[0]
  }
  try {
    const engine = await startStockedEngine({ name, version: 'newest' }, ['haha/busybox:1', 'haha/standin:1'])
    removers.push(() => engine.stop())
    const house = join(directory, 'house')
    await mkdir(house)
    await writeFile(join(house, 'docker-compose.yml'), yaml)
    for (const kind of ['json', 'durations.json'])
      removers.push(() => rm(`${stateFolder}/compose-stack-${instance}.${kind}`, { force: true }))
    const parameters = { directory: house, socket: engine.socketPath }
    const environment = await engine.environment()
    const instance = `p_${name}`
    const run = { instance, parameters, environment, netns: engine.netns }
    removers.push(() => runAction(agent, { ...run, action: 'stop', timeoutMs: 60_000 }))
    const started = await runAction(agent, { ...run, action: 'start', timeoutMs: 120_000 })
    if (started.code !== 0) throw new Error(`start of the stack: ${started.code} ${started.stderr}`)
    removers.push(await serveTls(engine.netns, directory))
    return {
      engine,
      directory: house,
      close,
      monitorEnvironment: wanted =>
        environmentOf(
          { action: 'monitor', instance, intervalMs: 20_000, parameters: { ...parameters, probes: wanted } },
          30_000,
        ),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** A server with a certificate of its own, as on a home network. */
async function serveTls(netns: string, folder: string): Promise<() => Promise<void>> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await execa('openssl', [...request, '-subj', '/CN=bench', '-keyout', key, '-out', certificate])
  const options = JSON.stringify({
    key: await readFile(key, 'utf8'),
    cert: await readFile(certificate, 'utf8'),
  })
  const program = `require('node:https').createServer(${options}, (_, reply) => reply.end('hello'))
    .listen(${tlsPort}, '127.0.0.1', () => process.stdout.write('listening'))
    process.stdin.on('end', () => process.exit()).resume()`
  const server = spawn('nsenter', [`--net=/run/netns/${netns}`, process.execPath, '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = once(server, 'exit')
  await Promise.race([
    once(server.stdout, 'data'),
    gone.then(() => Promise.reject(new Error('the https server ended'))),
  ])
  return async () => {
    server.kill('SIGKILL')
    await gone
  }
}

const service = (name: string, port: number) => `  ${name}:
    image: haha/standin:1
    environment: {STANDIN_PORT: ${port}, STANDIN_NODE: bench}
    ports: ["127.0.0.1:${port}:${port}"]
    stop_grace_period: 1s
`
const sleeper = (name: string) => `  ${name}:
    image: haha/busybox:1
    init: true
    stop_grace_period: 1s
`
const yaml = `services:
${service('web', 8123)}${service('api', 6052)}${service('broker', 1883)}${sleeper('worker')}${sleeper('cron')}`
