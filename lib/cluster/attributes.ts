import { findBinary, runCommand } from '../host/command.ts'
import { kernelText, processIds, processStartTime, type RecordedProcess } from '../host/processes.ts'

/** Longest wait for the attribute daemon; what it would have been told is in the log as well. */
const tellTimeoutMs = 2000

/**
 * Sets a private node attribute: seen on all nodes, never written to the CIB, gone when the node
 * leaves. An empty value says that the fault is over (`attrd_updater -D` leaves that behind as well).
 *
 * @param node whose attribute it is, the local node's unless told
 * @returns what went wrong, undefined when it was set
 */
export async function setPrivateAttribute(
  name: string,
  value: string,
  node?: string,
): Promise<string | undefined> {
  const whose = node === undefined ? [] : ['--node', node]
  return wrong(await attrdUpdater(['--private', '--name', name, '--update', value, ...whose]))
}

/**
 * Sets a node attribute that constraints can use. Each change is written to the CIB at once.
 *
 * @param first also sets the dampening to 0: at start alone, because doing it in a monitor races with
 * changes of the configuration
 * @returns what went wrong, undefined when it was set
 */
export async function setAttribute(
  name: string,
  value: string,
  { first = false } = {},
): Promise<string | undefined> {
  const update = first ? ['--update-both', value, '--delay', '0'] : ['--update', value]
  return wrong(await attrdUpdater(['--name', name, ...update]))
}

/** The values of an attribute on all nodes; none when nobody has set it, undefined when nobody answers. */
export async function readAttribute(name: string): Promise<ReadonlyMap<string, string> | undefined> {
  const answer = await attrdUpdater(['--query', '--all', '--name', name])
  if (typeof answer === 'string') return undefined
  // A query of an attribute that nobody has set fails.
  return answer.code === 0 ? readValues(answer.stdout) : noneSet(answer.stderr)
}

function noneSet(stderr: string): ReadonlyMap<string, string> | undefined {
  return /No such device|does not exist/i.test(stderr) ? new Map() : undefined
}

/** The attribute daemon of this node: with another one than before, this node's attributes are gone. */
export function attributeDaemon(): RecordedProcess | undefined {
  for (const pid of processIds()) {
    if (kernelText(`/proc/${pid}/comm`).trim() !== 'pacemaker-attrd') continue
    const startTime = processStartTime(pid)
    if (startTime !== undefined) return { pid, startTime }
  }
  return undefined
}

/** Reads lines of `name="x" host="node1" value="1"`, as `attrd_updater --query` prints them. */
export function readValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [, host, value] of text.matchAll(/ host="([^"\n]*)" value="([^"\n]*)"/g))
    if (host !== undefined && value !== undefined && value !== '' && value !== '(null)')
      values.set(host, value)
  return values
}

interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Its children inherit no OCF variables: with the node's name among them a query tells of that node only. */
async function attrdUpdater(args: readonly string[]): Promise<Answer | string> {
  if (findBinary('attrd_updater') === undefined)
    return 'attrd_updater is not installed (package pacemaker-cli-utils)'
  const { code, signal, timedOut, stdout, stderr } = await runCommand('attrd_updater', args, {
    timeoutMs: tellTimeoutMs,
  })
  if (timedOut) return `attrd_updater gave no answer within ${tellTimeoutMs / 1000} s`
  return code === undefined ? `attrd_updater answered ${signal ?? 'nothing'}` : { code, stdout, stderr }
}

function wrong(answer: Answer | string): string | undefined {
  if (typeof answer === 'string') return answer
  return answer.code === 0 ? undefined : `attrd_updater answered ${answer.code}`
}
