import { closeSync, openSync } from 'node:fs'
import { isLocalPath } from '../host/mounts.ts'
import { processStartTime, type RecordedProcess } from '../host/processes.ts'
import { readText, writeAtomically } from '../host/small-file.ts'
import { stateFolder } from '../ocf/state-file.ts'

/** Where the texts lie that are copied to the operator's folder: on tmpfs, gone at boot. */
export const metricsFolder = `${stateFolder}/metrics`

/**
 * Waits for the copy before it, so that the newest is the last. A name that node_exporter does not read and
 * that nobody else has made, then a rename: it never sees half a file. Before the first copy since boot, what
 * was written before that boot goes: it says nothing of now.
 */
const script = [
  'umask 022; set -C',
  'tries=0',
  'while [ -n "$5" ] && [ $tries -lt 600 ] && kill -0 "$5"; do sleep 1; tries=$((tries + 1)); done 2>/dev/null',
  'cd -- "$1" || exit',
  'if [ "$4" = first ]; then',
  'for old in haha_*_*.prom; do [ -e "$2/$old" ] || rm -f -- "$old"; done',
  'find . -maxdepth 1 -name ".haha_*" -mmin +9 -delete',
  'fi 2>/dev/null',
  'new=.$3.$$',
  'cat "$2/$3" >"$new" && mv -f -- "$new" "$3" && exit',
  'rm -f -- "$new"; exit 1',
].join('\n')

/** What a copy must know of those before it. */
export interface Before {
  /** Nothing was handed over under this name since boot. */
  readonly first: boolean
  /** A copy under this name that has not ended. */
  readonly unfinished: RecordedProcess | undefined
}

/**
 * Hands a text over to the textfile collector as `<name>.prom`. A child in `/` puts it into the operator's
 * folder, and nobody waits for it: a slow or hung disk there must not hold up a monitor, nor a full one
 * change its result.
 *
 * @returns the child, undefined when none could be started; a sentence when the folder may not be used at all
 */
export async function handOver(
  directory: string,
  name: string,
  text: string,
  { first, unfinished }: Before,
): Promise<RecordedProcess | string | undefined> {
  if (!directory.startsWith('/')) return `METRICS_DIRECTORY=${directory} is not an absolute path`
  if (!isLocalPath(directory)) return `METRICS_DIRECTORY=${directory} is not on a disk of this node`
  const file = `${name}.prom`
  writeAtomically(`${metricsFolder}/${file}`, text)
  const earlier = unfinished === undefined ? '' : String(unfinished.pid)
  const complaint = openSync(complaintPath(name), 'w', 0o600)
  try {
    const { spawn } = await import('node:child_process')
    const child = spawn(
      '/bin/sh',
      ['-c', script, 'sh', directory, metricsFolder, file, first ? 'first' : '', earlier],
      // A session of its own: Pacemaker kills the agent's group when an action runs out of time.
      {
        cwd: '/',
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
        stdio: ['ignore', 'ignore', complaint],
        detached: true,
      },
    )
    child.on('error', () => undefined)
    child.unref()
    const startTime = child.pid === undefined ? undefined : processStartTime(child.pid)
    return child.pid === undefined || startTime === undefined ? undefined : { pid: child.pid, startTime }
  } finally {
    closeSync(complaint)
  }
}

/**
 * What the last copy under this name complained of, undefined while all is well: the end of its first
 * line, which names no file that is another one next time.
 */
export function complaintOf(name: string): string | undefined {
  const line = readText(complaintPath(name))?.trim().split('\n')[0]?.split(': ').at(-1)
  return line === '' ? undefined : line
}

function complaintPath(name: string): string {
  return `${metricsFolder}/${name}.complaint`
}
