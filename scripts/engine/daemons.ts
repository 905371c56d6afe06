import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EnginePlace } from './leftovers.ts'
import { identify, isSameProcess, type ProcessIdentity } from './processes.ts'

const READY_WITHIN_MS = 60_000

/** Where the daemons of an engine keep what others look for. */
export const daemonPaths = (place: EnginePlace) => ({
  socket: join(place.runFolder, 'docker.sock'),
  pidFile: join(place.runFolder, 'docker.pid'),
  execRoot: join(place.runFolder, 'exec'),
  dataRoot: join(place.dataFolder, 'docker'),
  containerdSocket: join(place.runFolder, 'containerd/containerd.sock'),
})

export async function launchContainerd(place: EnginePlace, programs: string): Promise<ProcessIdentity> {
  const state = join(place.runFolder, 'containerd')
  await mkdir(state, { recursive: true })
  const settings = [
    'version = 2',
    `root = "${join(place.dataFolder, 'containerd')}"`,
    `state = "${state}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]',
    `address = "${daemonPaths(place).containerdSocket}"`,
  ]
  const file = join(place.runFolder, 'containerd.toml')
  await writeFile(file, `${settings.join('\n')}\n`)
  return launch(place, programs, 'containerd', ['--config', file])
}

export async function launchDockerd(place: EnginePlace, programs: string): Promise<ProcessIdentity> {
  const { socket, pidFile, execRoot, dataRoot, containerdSocket } = daemonPaths(place)
  // An empty file of its own keeps the host's /etc/docker/daemon.json out.
  const file = join(place.runFolder, 'daemon.json')
  await writeFile(file, '{}\n')
  return launch(place, programs, 'dockerd', [
    ...['--config-file', file, '--data-root', dataRoot, '--exec-root', execRoot],
    ...['--pidfile', pidFile, '--host', `unix://${socket}`, '--containerd', containerdSocket],
    ...['--cgroup-parent', place.cgroupParent, '--exec-opt', 'native.cgroupdriver=cgroupfs'],
  ])
}

/** @throws with the end of dockerd's log when it dies, or does not answer within a minute */
export async function waitUntilReady(place: EnginePlace, dockerd: ProcessIdentity): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS
  while (!(await answersPing(daemonPaths(place).socket))) {
    const dead = !isSameProcess(dockerd)
    if (dead || Date.now() > end) {
      const log = await readFile(join(place.runFolder, 'dockerd.log'), 'utf8').catch(() => '')
      const what = dead ? 'died at start' : `did not answer within ${READY_WITHIN_MS} ms`
      throw new Error(`dockerd of engine ${place.name} ${what}: ${log.slice(-600)}`)
    }
    await sleep(50)
  }
}

/** @returns whether the engine behind the socket answers /_ping within two seconds */
export const answersPing = (socketPath: string): Promise<boolean> =>
  new Promise(resolve => {
    const asked = request({ socketPath, path: '/_ping', timeout: 2_000 }, answer => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.on('close', () => resolve(false))
    asked.end()
  })

/**
 * nsenter becomes the program itself, so the child's process id is the daemon's. The daemon shares no
 * pipe with this process: it outlives a killed test run, and is found by its record.
 */
async function launch(
  place: EnginePlace,
  programs: string,
  program: string,
  args: readonly string[],
): Promise<ProcessIdentity> {
  const log = openSync(join(place.runFolder, `${program}.log`), 'a')
  const child = spawn('nsenter', [`--net=/run/netns/${place.netns}`, join(programs, program), ...args], {
    cwd: '/',
    detached: true,
    env: { PATH: `${programs}:${process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin'}` },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  child.on('error', () => undefined)
  const launched = child.pid === undefined ? undefined : identify(child.pid)
  if (!launched) throw new Error(`${program} of engine ${place.name} did not start: is nsenter installed?`)
  await place.record(launched)
  return launched
}
