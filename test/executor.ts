import { spawn } from 'node:child_process'

/** One run of an agent, as Pacemaker's executor does it. */
export interface ActionRun {
  readonly action: string
  readonly instance: string
  readonly parameters?: Readonly<Record<string, string>>
  /** Milliseconds; undefined makes a monitor a probe. */
  readonly intervalMs?: number
  readonly timeoutMs?: number
  readonly checkLevel?: number
  /** Added last; an empty text takes a variable away. */
  readonly environment?: Readonly<Record<string, string>>
  /** Network namespace of /run/netns in which the agent runs. */
  readonly netns?: string
  /** Node binary that runs the bundle; its own shebang otherwise. */
  readonly node?: string
  /** SIGKILL of the whole process group after this long, as at a node's sudden end. */
  readonly killAfterMs?: number
}

export interface ActionResult {
  /** -1 when the process group was killed. */
  readonly code: number
  readonly timedOut: boolean
  /** The last exit reason, as Pacemaker keeps it. */
  readonly reason: string
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

/**
 * Runs one action with the environment, directory, umask and process group that Pacemaker's executor
 * gives, and kills the whole group at the timeout without a word, as it does.
 */
export function runAction(agent: string, run: ActionRun): Promise<ActionResult> {
  const timeoutMs = run.timeoutMs ?? 60_000
  const own = run.node === undefined ? [agent] : [run.node, agent]
  const enter = run.netns === undefined ? [] : ['nsenter', `--net=/run/netns/${run.netns}`]
  const [binary = agent, ...args] = [...enter, ...own, run.action]
  const begin = performance.now()
  const child = spawn(binary, args, {
    cwd: '/',
    env: environmentOf(run, timeoutMs),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    let timedOut = false
    const killGroup = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    }
    const limit = setTimeout(() => {
      timedOut = true
      killGroup()
    }, timeoutMs)
    const sudden = run.killAfterMs === undefined ? undefined : setTimeout(killGroup, run.killAfterMs)
    child.once('error', reject)
    child.once('exit', code => {
      clearTimeout(limit)
      clearTimeout(sudden)
      // Output may still be under way; a daemon that keeps the pipe must not hold the test up.
      setTimeout(() => {
        const reasons = [...stderr.matchAll(/^ocf-exit-reason:(.*)$/gm)]
        resolve({
          code: code ?? -1,
          timedOut,
          reason: reasons.at(-1)?.[1] ?? '',
          stdout,
          stderr,
          durationMs: performance.now() - begin,
        })
      }, 20)
    })
  })
}

/** The whole environment of an action: nothing is inherited but PATH. */
export function environmentOf(run: ActionRun, timeoutMs: number): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C',
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '1',
    OCF_RESOURCE_INSTANCE: run.instance,
    OCF_RESOURCE_TYPE: 'test',
    OCF_RESOURCE_PROVIDER: 'haha',
    OCF_EXIT_REASON_PREFIX: 'ocf-exit-reason:',
    HA_debug: '0',
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_CRM_meta_timeout: String(timeoutMs),
    OCF_RESKEY_CRM_meta_on_node: 'n1',
    OCF_RESKEY_CRM_meta_on_node_uuid: '1',
  }
  if (run.intervalMs !== undefined) {
    environment.OCF_RESKEY_CRM_meta_interval = String(run.intervalMs)
    environment.OCF_RESKEY_CRM_meta_name = run.action
  }
  if (run.checkLevel !== undefined) environment.OCF_CHECK_LEVEL = String(run.checkLevel)
  for (const [name, value] of Object.entries(run.parameters ?? {})) environment[`OCF_RESKEY_${name}`] = value
  for (const [name, value] of Object.entries(run.environment ?? {})) {
    if (value === '') delete environment[name]
    else environment[name] = value
  }
  return environment
}
