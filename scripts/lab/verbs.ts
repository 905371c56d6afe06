import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { type Cluster, openCluster, upCluster } from './cluster.ts'
import type { Request } from './command-line.ts'
import { enterNode } from './inside.ts'
import { removeCluster } from './leftovers.ts'
import { clusterPlace } from './place.ts'
import { clusterPlan, type NodeName } from './plan.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

/** Obeys one request of the command line and hands back the exit code. */
export async function obey(request: Request, signal: AbortSignal): Promise<number> {
  const { name } = request
  switch (request.verb) {
    case 'up':
      await up(request, signal)
      return 0
    case 'down':
      await removeCluster(clusterPlace(clusterPlan({ name }).name))
      return 0
    case 'exec':
      return exec(await openCluster(name), request.node, request.command)
    case 'status':
      return status(await openCluster(name))
    case 'put':
      await (await openCluster(name)).put(request.node, resolve(request.from), request.to)
      return 0
    case 'load':
      await (await openCluster(name)).load(await readFile(request.file, 'utf8'))
      return 0
    case 'power': {
      const plug = (await openCluster(name)).power(request.node)
      if (request.to === 'status') console.log(await plug.status())
      else await plug[request.to]()
      return 0
    }
    default:
      await (await openCluster(name))[request.verb](request.node)
      return 0
  }
}

async function up(request: Request & { verb: 'up' }, signal: AbortSignal): Promise<void> {
  const started = performance.now()
  const tell = (line: string) =>
    console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${line}`)
  const plan = clusterPlan({ ...request.plan, name: request.name })
  if (request.deb === undefined) {
    tell('building our package')
    await buildPackage(signal)
  }
  const deb = request.deb === undefined ? undefined : resolve(request.deb)
  const cluster = await upCluster({ ...plan, deb }, tell, signal)
  tell(`cluster ${cluster.name} is up: scripts/cluster exec n1 crm status`)
}

async function buildPackage(cancelSignal: AbortSignal): Promise<void> {
  const { failed, all } = await execa('npm', ['run', '--silent', 'package'], {
    ...{ cwd: REPOSITORY, all: true, reject: false, stdin: 'ignore', cancelSignal },
  })
  if (failed) throw new Error(`npm run package: ${(all.trim().split('\n')[0] ?? '').slice(0, 160)}`)
}

/** With this terminal, so that one can also be asked something in the node. */
async function exec(cluster: Cluster, node: NodeName, command: readonly string[]): Promise<number> {
  const env = { TERM: process.env.TERM ?? 'dumb' }
  const [program, args] = enterNode(clusterPlace(cluster.name), node, command, env)
  const child = spawn(program, args, { cwd: '/', stdio: 'inherit' })
  return new Promise((done, reject) => {
    child.on('error', reject)
    child.on('exit', code => done(code ?? 1))
  })
}

async function status(cluster: Cluster): Promise<number> {
  const running: NodeName[] = []
  for (const node of cluster.nodes) {
    const pid1 = cluster.pid1(node)
    if (pid1 !== undefined) running.push(node)
    const life = pid1 === undefined ? 'does not run' : `runs as process ${pid1}`
    console.log(`${node}  plug ${await cluster.power(node).status()}, ${life}`)
  }
  const [first] = running
  return first === undefined ? 1 : exec(cluster, first, ['crm_mon', '--one-shot', '--inactive'])
}
