import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { copyImageStore } from './image-store.ts'
import { type EnginePlace, enginePlace, engineProcesses, removeEngine, removeMounts } from './leftovers.ts'
import { type ComposeVersion, composePrograms, type EngineVersion, enginePrograms } from './packages.ts'
import { identify, killAll, type ProcessIdentity, signal, waitUntilGone } from './processes.ts'

export interface EngineOptions {
  /** Unique among the engines that live at one time; letters, digits and dashes. */
  readonly name: string
  readonly version: EngineVersion
  /** Control group of the containers. Default: one of its own at the root. */
  readonly cgroupParent?: string
  /** Default: the Compose of the same age as the engine. */
  readonly compose?: ComposeVersion
  /** Image store of an engine of the same version, to begin with. */
  readonly imageStore?: string
}

export interface CommandOptions {
  readonly cwd?: string
  readonly compose?: ComposeVersion
  /** Milliseconds; a command still running then is killed. Default 120 000. */
  readonly timeout?: number
}

export interface CommandOutcome {
  /** -1 when the command was killed. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const READY_WITHIN_MS = 60_000
const GRACEFUL_STOP_MS = 20_000

/**
 * Starts a Docker engine that shares nothing with the host's: own network namespace, data, socket, control
 * group and containerd. As on a Debian host, containerd is a process beside dockerd and outlives it.
 *
 * @throws when it does not answer within a minute, with the end of its log
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const place = enginePlace(options.name, options.cgroupParent)
  await removeEngine(place)
  const compose = options.compose ?? (options.version === 'oldest' ? 'v2-oldest' : 'v2-newest')
  const engine = new Engine(place, options.version, await enginePrograms(options.version), compose)
  try {
    await place.create()
    if (options.imageStore) await copyImageStore(options.imageStore, engine.dataRoot)
    await engine.start()
  } catch (error) {
    await engine.stop()
    throw error
  }
  return engine
}

/** A running engine; each method does to it what a bad night does to the real one. */
export class Engine {
  readonly name: string
  readonly version: EngineVersion
  readonly socketPath: string
  readonly dockerHost: string
  readonly netns: string
  readonly dataRoot: string
  readonly execRoot: string
  readonly cgroupParent: string
  /** Folder of dockerd, containerd, runc and the docker CLI of this version. */
  readonly programs: string
  readonly #place: EnginePlace
  readonly #compose: ComposeVersion
  #dockerd: ProcessIdentity | undefined
  #containerd: ProcessIdentity | undefined

  constructor(place: EnginePlace, version: EngineVersion, programs: string, compose: ComposeVersion) {
    this.#place = place
    this.#compose = compose
    this.name = place.name
    this.version = version
    this.programs = programs
    this.netns = place.netns
    this.socketPath = join(place.runFolder, 'docker.sock')
    this.dockerHost = `unix://${this.socketPath}`
    this.dataRoot = join(place.dataFolder, 'docker')
    this.execRoot = join(place.runFolder, 'exec')
    this.cgroupParent = place.cgroupParent
  }

  /** Process id of dockerd. */
  get pid(): number {
    return running(this.#dockerd, 'dockerd').pid
  }

  get containerdPid(): number {
    return running(this.#containerd, 'containerd').pid
  }

  get pidFile(): string {
    return join(this.#place.runFolder, 'docker.pid')
  }

  /** Starts what is not running of dockerd and containerd, and waits until the engine answers. */
  async start(): Promise<void> {
    const state = join(this.#place.runFolder, 'containerd')
    const address = join(state, 'containerd.sock')
    if (!alive(this.#containerd)) {
      await mkdir(state, { recursive: true })
      const root = join(this.#place.dataFolder, 'containerd')
      const settings = [`version = 2`, `root = "${root}"`, `state = "${state}"`]
      settings.push(`disabled_plugins = ["io.containerd.grpc.v1.cri"]`, `[grpc]`, `address = "${address}"`)
      await writeFile(join(this.#place.runFolder, 'containerd.toml'), `${settings.join('\n')}\n`)
      const config = ['--config', join(this.#place.runFolder, 'containerd.toml')]
      this.#containerd = await this.#launch('containerd', config)
    }
    if (!alive(this.#dockerd)) {
      await writeFile(join(this.#place.runFolder, 'daemon.json'), '{}\n')
      this.#dockerd = await this.#launch('dockerd', [
        ...['--config-file', join(this.#place.runFolder, 'daemon.json')],
        ...['--data-root', this.dataRoot, '--exec-root', this.execRoot],
        ...['--pidfile', this.pidFile, '--host', this.dockerHost],
        ...['--containerd', address, '--cgroup-parent', this.cgroupParent],
        ...['--exec-opt', 'native.cgroupdriver=cgroupfs'],
      ])
    }
    await this.#waitUntilReady(running(this.#dockerd, 'dockerd'))
  }

  /** Environment in which `docker` and `docker compose` (or `docker-compose` for v1) talk to this engine. */
  async environment(compose: ComposeVersion = this.#compose): Promise<Record<string, string>> {
    const programs = await composePrograms(compose)
    const config = join(this.#place.runFolder, `cli-${compose}`)
    const path = [this.programs, process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin']
    if (compose === 'v1') path.unshift(programs)
    else {
      await mkdir(join(config, 'cli-plugins'), { recursive: true })
      const plugin = join(config, 'cli-plugins/docker-compose')
      await rm(plugin, { force: true })
      await symlink(join(programs, 'docker-compose'), plugin)
    }
    return { PATH: path.join(':'), DOCKER_HOST: this.dockerHost, DOCKER_CONFIG: config }
  }

  async docker(args: readonly string[], options: CommandOptions = {}): Promise<CommandOutcome> {
    return this.#run('docker', args, options)
  }

  async compose(args: readonly string[], options: CommandOptions = {}): Promise<CommandOutcome> {
    return (options.compose ?? this.#compose) === 'v1'
      ? this.#run('docker-compose', args, options)
      : this.#run('docker', ['compose', ...args], options)
  }

  /** Runs a command of the host inside the engine's network namespace, where the stack's ports are. */
  async inside(
    command: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<CommandOutcome> {
    return this.#run('nsenter', [`--net=/run/netns/${this.netns}`, command, ...args], options)
  }

  /** Kills dockerd alone: containers, shims and containerd live on, the socket file stays. */
  async kill(): Promise<void> {
    const dockerd = running(this.#dockerd, 'dockerd')
    signal(dockerd, 'SIGKILL')
    await waitUntilGone(dockerd, 5_000)
  }

  /** Freezes dockerd: connections succeed, no reply ever comes. */
  hang(): void {
    signal(running(this.#dockerd, 'dockerd'), 'SIGSTOP')
  }

  resume(): void {
    signal(running(this.#dockerd, 'dockerd'), 'SIGCONT')
  }

  /** Freezes containerd: list and inspect answer, exec, stop and down hang. */
  hangContainerd(): void {
    signal(running(this.#containerd, 'containerd'), 'SIGSTOP')
  }

  resumeContainerd(): void {
    signal(running(this.#containerd, 'containerd'), 'SIGCONT')
  }

  /** Takes the power away: every process of the engine and its containers dies, what was on tmpfs is gone. */
  async powerOff(): Promise<void> {
    await killAll(() => engineProcesses(this.#place))
    await removeMounts(this.#place)
    for (const gone of ['containerd', 'exec', 'docker.sock', 'docker.pid']) {
      await rm(join(this.#place.runFolder, gone), { recursive: true, force: true })
    }
  }

  /** Power cut and boot: on the same data, dockerd brings up by itself what has a restart policy. */
  async restart(): Promise<void> {
    await this.powerOff()
    await this.start()
  }

  /** Removes the engine and everything it made: processes, mounts, namespace, control groups, files. */
  async stop(): Promise<void> {
    await removeEngine(this.#place)
  }

  /** Ends the engine as a package upgrade would and keeps its images in `folder`. */
  async stopKeepingImages(folder: string): Promise<void> {
    await this.#terminate()
    await removeMounts(this.#place)
    await copyImageStore(this.dataRoot, folder)
    await removeEngine(this.#place)
  }

  async #terminate(): Promise<void> {
    if (this.#dockerd) {
      // A frozen process takes no SIGTERM.
      signal(this.#dockerd, 'SIGCONT')
      if (this.#containerd) signal(this.#containerd, 'SIGCONT')
      signal(this.#dockerd, 'SIGTERM')
      await waitUntilGone(this.#dockerd, GRACEFUL_STOP_MS)
    }
  }

  async #run(command: string, args: readonly string[], options: CommandOptions): Promise<CommandOutcome> {
    const { exitCode, stdout, stderr } = await execa(command, args, {
      cwd: options.cwd ?? '/',
      env: await this.environment(options.compose),
      reject: false,
      stdin: 'ignore',
      timeout: options.timeout ?? 120_000,
      killSignal: 'SIGKILL',
    })
    return { exitCode: exitCode ?? -1, stdout, stderr }
  }

  /** nsenter becomes the program itself, so the process id of the child is the daemon's. */
  async #launch(program: string, args: readonly string[]): Promise<ProcessIdentity> {
    const log = openSync(join(this.#place.runFolder, `${program}.log`), 'a')
    const enter = [`--net=/run/netns/${this.netns}`, join(this.programs, program), ...args]
    const child = spawn('nsenter', enter, {
      cwd: '/',
      detached: true,
      env: { PATH: `${this.programs}:${process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin'}` },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    child.unref()
    const launched = child.pid === undefined ? undefined : identify(child.pid)
    if (!launched) throw new Error(`${program} of engine ${this.name} did not start: is nsenter installed?`)
    await this.#place.record(launched)
    return launched
  }

  async #waitUntilReady(dockerd: ProcessIdentity): Promise<void> {
    const end = Date.now() + READY_WITHIN_MS
    while (!(await answersPing(this.socketPath))) {
      if (!alive(dockerd) || Date.now() > end) {
        const log = await readFile(join(this.#place.runFolder, 'dockerd.log'), 'utf8').catch(() => '')
        const what = alive(dockerd) ? `did not answer within ${READY_WITHIN_MS} ms` : 'died at start'
        throw new Error(`dockerd of engine ${this.name} ${what}: ${log.slice(-600)}`)
      }
      await sleep(50)
    }
  }
}

const alive = (known: ProcessIdentity | undefined): boolean =>
  known !== undefined && identify(known.pid)?.startTime === known.startTime

function running(known: ProcessIdentity | undefined, program: string): ProcessIdentity {
  if (!known) throw new Error(`${program} was never started`)
  return known
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
