import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { daemonPaths, launchContainerd, launchDockerd, waitUntilReady } from './daemons.ts'
import { copyImageStore } from './image-store.ts'
import {
  type EnginePlace,
  enginePlace,
  engineProcesses,
  refuseForeignEngine,
  removeEngine,
  removeMounts,
} from './leftovers.ts'
import { type ComposeVersion, composePrograms, type EngineVersion, enginePrograms } from './packages.ts'
import { isSameProcess, killAll, type ProcessIdentity, signal, waitUntilGone } from './processes.ts'

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

const GRACEFUL_STOP_MS = 20_000

/**
 * Starts a Docker engine that shares nothing with the host's: own network namespace, data, socket, control
 * group and containerd. As on a Debian host, containerd is a process beside dockerd and outlives it.
 *
 * @throws when it does not answer within a minute, with the end of its log
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const place = enginePlace(options.name, options.cgroupParent)
  await refuseForeignEngine(options.name)
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
  readonly pidFile: string
  readonly cgroupParent: string
  /** Folder of dockerd, containerd, runc and the docker CLI of this version. */
  readonly programs: string
  readonly #place: EnginePlace
  readonly #compose: ComposeVersion
  #dockerd: ProcessIdentity | undefined
  #containerd: ProcessIdentity | undefined
  readonly #environments = new Map<ComposeVersion, Promise<Record<string, string>>>()

  constructor(place: EnginePlace, version: EngineVersion, programs: string, compose: ComposeVersion) {
    this.#place = place
    this.#compose = compose
    this.name = place.name
    this.version = version
    this.programs = programs
    this.netns = place.netns
    const { socket, dataRoot, execRoot, pidFile } = daemonPaths(place)
    this.socketPath = socket
    this.dockerHost = `unix://${socket}`
    this.dataRoot = dataRoot
    this.execRoot = execRoot
    this.pidFile = pidFile
    this.cgroupParent = place.cgroupParent
  }

  /** Process id of dockerd. */
  get pid(): number {
    return running(this.#dockerd, 'dockerd').pid
  }

  get containerdPid(): number {
    return running(this.#containerd, 'containerd').pid
  }

  /** Starts what is not running of dockerd and containerd, and waits until the engine answers. */
  async start(): Promise<void> {
    if (!this.#containerd || !isSameProcess(this.#containerd)) {
      this.#containerd = await launchContainerd(this.#place, this.programs)
    }
    if (!this.#dockerd || !isSameProcess(this.#dockerd)) {
      this.#dockerd = await launchDockerd(this.#place, this.programs)
    }
    await waitUntilReady(this.#place, this.#dockerd)
  }

  /** Environment in which `docker` and `docker compose` (or `docker-compose` for v1) talk to this engine. */
  environment(compose: ComposeVersion = this.#compose): Promise<Record<string, string>> {
    // Made once: a command that runs beside this one must not find its plugin being replaced.
    const made = this.#environments.get(compose) ?? this.#makeEnvironment(compose)
    this.#environments.set(compose, made)
    return made
  }

  async #makeEnvironment(compose: ComposeVersion): Promise<Record<string, string>> {
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
}

function running(known: ProcessIdentity | undefined, program: string): ProcessIdentity {
  if (!known) throw new Error(`${program} was never started`)
  return known
}
