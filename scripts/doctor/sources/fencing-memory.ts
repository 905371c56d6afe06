import { dirname } from 'node:path'
import { isLocalPath } from '../../../lib/host/mounts.ts'
import { kernelText, parseProcessStat, processIds } from '../../../lib/host/processes.ts'
import { pacemakerLog } from '../../pacemaker/log-file.ts'
import { readPacemakerLine } from '../../pacemaker/log-line.ts'
import { askTool } from '../ask.ts'
import { readCompressed, rotatedLogs } from './rotated-logs.ts'

/** What this node can know of fencings beside what its fencer tells. */
export interface FencingMemory {
  /** Nodes that its log saw fenced: it is on the disk, and the fencer's own memory ends with the fencer. */
  readonly fenced: readonly string[]
  /** Since when it would know, in ms since 1970; undefined when neither log nor fencer is there. */
  readonly sinceMs: number | undefined
}

/** Somebody confirmed it by hand: that proves no device. */
const done = "Operation '(off|reboot)' targeting [^ ]+ by [^:]*: OK"
const byHand = / by a human /

/** Of the times in /proc. */
const ticksPerSecond = 100
const dayMs = 86_400_000

/**
 * Debian's own logrotate compresses a log at once and names it by its day; others wait, and number them.
 * @throws LookFailure when the log gives no answer in time
 */
export async function lookAtFencingMemory(timeoutMs: number, log = pacemakerLog()): Promise<FencingMemory> {
  const rotated = isLocalPath(dirname(log)) ? rotatedLogs(log) : []
  const packed = rotated.filter(({ path }) => path.endsWith('.gz'))
  const plain = rotated.filter(({ path }) => !path.endsWith('.gz')).reverse()
  const files = [...plain.map(({ path }) => path), log]
  // One that is not there, or may not be read, is passed over.
  const [first, found, older] = await Promise.all([
    askTool('grep', ['-s', '-h', '-m', '1', '', ...files], timeoutMs),
    askTool('grep', ['-s', '-h', '-a', '-E', done, ...files], timeoutMs),
    readCompressed(packed, "Operation '", timeoutMs / 2),
  ])
  const lines = [...older.found, found.stdout].join('\n')
  const begin = older.oldest ?? { line: first.stdout, writtenMs: plain[0]?.writtenMs ?? Date.now() }
  const { fenced, sinceMs } = readFencingLog(begin.line, lines, begin.writtenMs)
  const started = readFencerStart(
    kernelText('/proc/stat'),
    processIds().map(pid => kernelText(`/proc/${pid}/stat`)),
  )
  const known = [sinceMs, started].filter(ms => ms !== undefined)
  return { fenced, sinceMs: known.length === 0 ? undefined : Math.min(...known) }
}

/**
 * @param first the first line of the oldest file, which others may follow
 * @param found lines that tell of fencings
 * @param writtenMs when the oldest file was written for the last time
 */
export function readFencingLog(first: string, found: string, writtenMs: number): FencingMemory {
  const year = new Date(writtenMs).getFullYear()
  const fenced = found
    .split('\n')
    .filter(line => !byHand.test(line))
    .map(line => readPacemakerLine(line, year, 'local'))
    .flatMap(event => (event?.kind === 'fenced' && event.ok ? [event.node] : []))
  return { fenced: [...new Set(fenced)], sinceMs: timeOf(first, writtenMs) }
}

/** Pacemaker writes no year: what would lie behind the file's last line was in the year before. */
function timeOf(line: string, writtenMs: number): number | undefined {
  const time = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d/.exec(line)?.[0]
  // Date.parse makes a day of whatever has a year.
  if (time === undefined) return undefined
  const year = new Date(writtenMs).getFullYear()
  const thatYear = Date.parse(`${time} ${year}`)
  return thatYear > writtenMs + dayMs ? Date.parse(`${time} ${year - 1}`) : thatYear
}

/** @param processes a /proc/PID/stat each, in which pacemaker-fenced has its name to 15 letters */
function readFencerStart(stat: string, processes: readonly string[]): number | undefined {
  const booted = /^btime (\d+)$/m.exec(stat)?.[1]
  const fencer = processes.find(text => text.includes('(pacemaker-fence)'))
  const ticks = fencer === undefined ? undefined : parseProcessStat(fencer)?.startTime
  if (booted === undefined || ticks === undefined) return undefined
  return (Number(booted) + Math.floor(ticks / ticksPerSecond)) * 1000
}
