import { endProcess } from '../../lib/host/end-process.ts'
import { askPath, type PathAnswer } from '../../lib/host/hung-path.ts'
import { isSameProcess } from '../../lib/host/processes.ts'
import { hostText } from '../../lib/net/address.ts'
import type { Action, Problem } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import { type Account, accountOf } from './account.ts'
import { readEnvironment } from './env-file.ts'
import { findServer, programPath, sessionOf } from './identity.ts'
import type { Found, Keeper } from './keeper.ts'
import type { Settings } from './parameters.ts'
import { changeRecord, readRecord } from './record.ts'
import { logFile, startDaemon } from './server-process.ts'

/** Longest wait for a filesystem. */
const pathMs = 5000
const mostEnvBytes = 256 * 1024

/** Between SIGTERM and SIGKILL: an idle server needs 2 s, and one whose runner hangs never ends by itself. */
const graceMs = 5000

/** The agent runs `ollama serve` itself, in a session of its own that the runners share. */
export const serve: Keeper = { find, check, begin, end, kill, lastWords }

async function find({ settings, recorded }: Action<Settings>): Promise<Found> {
  const { main } = readRecord(recorded)
  if (main !== undefined) {
    return isSameProcess(main) ? { kind: 'up', main } : { kind: 'down', left: sessionOf(main) }
  }
  // Nothing is on record: a probe after a boot, or somebody's own `ollama serve` at our address.
  const path = programPath(settings.binary)
  const server = path === undefined ? undefined : findServer(path, settings.address)
  return server === undefined ? { kind: 'down', left: [] } : { kind: 'up', main: identity(server) }
}

function identity({ pid, startTime }: { readonly pid: number; readonly startTime: number }) {
  return { pid, startTime }
}

async function check(action: Action<Settings>): Promise<readonly Problem[]> {
  const { binary, user, modelsDir, envFile } = action.settings
  const path = programPath(binary)
  const program = path === undefined ? absent : await askPath({ kind: 'stat', path }, pathMs)
  if (path === undefined || program.kind === 'absent')
    return [problem('software', `${binary} is not installed on this node: see https://ollama.com/download`)]
  if (program.kind !== 'ok') return [unreadable('binary', path, program)]
  if (program.type !== 'file' || (program.mode & 0o111) === 0)
    return [problem('host', `binary ${path} is not a program`)]
  const account = await accountOf(action, user)
  if (account === undefined) return [problem('host', `user ${user} does not exist on this node`)]
  if (user === undefined && account.uid === 0)
    action.report.warn('the server runs as root: there is no user ollama on this node, set user')
  if (modelsDir !== undefined) {
    const answer = await askPath({ kind: 'stat', path: modelsDir }, pathMs)
    if (answer.kind !== 'ok') return [unreadable('models_dir', modelsDir, answer)]
    if (answer.type !== 'directory') return [problem('host', `models_dir ${modelsDir} is no directory`)]
    const writers = answer.uid === account.uid ? 0o200 : 0o022
    const mayWrite = account.uid === 0 || (answer.mode & writers) !== 0
    if (!mayWrite)
      return [problem('permission', `models_dir ${modelsDir} is not writable for user ${account.name}`)]
  }
  if (envFile === undefined) return []
  const text = await readEnvFile(envFile)
  return typeof text === 'string' ? [] : [text]
}

function problem(kind: Problem['kind'], text: string): Problem {
  return { kind, text }
}

const absent = { kind: 'absent' } as const

function unreadable(
  name: string,
  path: string,
  answer: Exclude<PathAnswer<unknown>, { kind: 'ok' }>,
): Problem {
  if (answer.kind === 'hung')
    return problem('passing', `${name} ${path} does not answer: its filesystem hangs`)
  const what =
    answer.kind === 'absent' ? 'does not exist on this node: is its filesystem mounted?' : answer.text
  return problem('host', `${name} ${path}: ${what}`)
}

/** The text of the file when all of it can be used, otherwise what is wrong with it. */
async function readEnvFile(path: string): Promise<string | Problem> {
  const facts = await askPath({ kind: 'stat', path }, pathMs)
  if (facts.kind !== 'ok') return unreadable('env_file', path, facts)
  // A variable such as LD_PRELOAD reaches programs that still run as root.
  if (facts.uid !== 0 || (facts.mode & 0o022) !== 0)
    return problem(
      'permission',
      `env_file ${path} can be written by others than root: chown root, chmod go-w`,
    )
  if (facts.type !== 'file') return problem('host', `env_file ${path} is no file`)
  const answer = await askPath({ kind: 'readFile', path, maxBytes: mostEnvBytes }, pathMs)
  if (answer.kind !== 'ok') return unreadable('env_file', path, answer)
  if (answer.truncated) return problem('host', `env_file ${path} is longer than ${mostEnvBytes} bytes`)
  const [broken] = readEnvironment(answer.text).broken
  return broken === undefined
    ? answer.text
    : problem('host', `env_file ${path}, line ${broken.line} ${broken.problem}`)
}

async function begin(action: Action<Settings>): Promise<void> {
  const { settings, recorded, invocation } = action
  const path = programPath(settings.binary)
  const account = await accountOf(action, settings.user)
  const text = settings.envFile === undefined ? '' : await readEnvFile(settings.envFile)
  if (path === undefined || account === undefined || typeof text !== 'string')
    throw new ActionFailure(ExitCode.installed, `${settings.binary} or its user is gone from this node`)
  const [binary, ...args] = commandOf(path, account)
  await startDaemon(
    { binary, args, env: environmentOf(settings, account, text), log: logFile(invocation.instance) },
    main => changeRecord(recorded, { main }),
  )
}

function commandOf(path: string, { name, uid, gid }: Account): readonly [string, ...string[]] {
  if (uid === process.getuid?.()) return [path, 'serve']
  // --init-groups: the device files of a GPU are open to the groups render and video.
  const as = [`--reuid=${uid}`, `--regid=${gid}`, name === '' ? '--clear-groups' : '--init-groups']
  return ['/usr/bin/setpriv', ...as, path, 'serve']
}

function environmentOf(settings: Settings, account: Account, text: string): Record<string, string> {
  const { address, modelsDir, gpuUuid } = settings
  return {
    HOME: account.home,
    USER: account.name,
    ...readEnvironment(text).variables,
    OLLAMA_HOST: `${hostText(address.host)}:${address.port}`,
    ...(modelsDir === undefined ? {} : { OLLAMA_MODELS: modelsDir }),
    ...(gpuUuid === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpuUuid }),
  }
}

async function end(action: Action<Settings>): Promise<void> {
  const found = await find(action)
  if (found.kind === 'up') await endProcess(found.main, { graceMs })
  await kill(action)
}

async function kill(action: Action<Settings>): Promise<void> {
  const found = await find(action)
  if (found.kind === 'unknown') return
  const left = found.kind === 'up' ? [found.main, ...sessionOf(found.main)] : found.left
  await Promise.all(left.map(process => endProcess(process, { graceMs: 0 })))
}

async function lastWords({ invocation, run }: Action<Settings>): Promise<string | undefined> {
  const { stdout } = await run('tail', ['-n', '20', logFile(invocation.instance)], { timeoutMs: pathMs })
  const lines = stdout.split('\n').filter(line => line.trim() !== '')
  const told = lines.filter(line => /error|fatal|panic|denied/i.test(line)).at(-1) ?? lines.at(-1)
  return told === undefined ? undefined : oneLine(told, 120)
}
