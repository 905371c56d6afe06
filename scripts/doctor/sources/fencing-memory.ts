import { kernelText, parseProcessStat, processIds } from '../../../lib/host/processes.ts'
import { pacemakerLog } from '../../pacemaker/log-file.ts'
import { readPacemakerLine } from '../../pacemaker/log-line.ts'
import { askTool } from '../ask.ts'

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

/** @throws LookFailure when the log gives no answer in time */
export async function lookAtFencingMemory(timeoutMs: number): Promise<FencingMemory> {
  const log = pacemakerLog()
  const files = [`${log}.1`, log]
  // One that is not there, or may not be read, is passed over.
  const [first, found] = await Promise.all([
    askTool('grep', ['-s', '-h', '-m', '1', '', ...files], timeoutMs),
    askTool('grep', ['-s', '-h', '-a', '-E', done, ...files], timeoutMs),
  ])
  const { fenced, sinceMs } = readFencingLog(first.stdout, found.stdout, Date.now())
  const started = readFencerStart(
    kernelText('/proc/stat'),
    processIds().map(pid => kernelText(`/proc/${pid}/stat`)),
  )
  const known = [sinceMs, started].filter(ms => ms !== undefined)
  return { fenced, sinceMs: known.length === 0 ? undefined : Math.min(...known) }
}

/**
 * @param first the first line of each file, the oldest file first
 * @param found lines that tell of fencings
 */
export function readFencingLog(first: string, found: string, nowMs: number): FencingMemory {
  const year = new Date(nowMs).getFullYear()
  const fenced = found
    .split('\n')
    .filter(line => !byHand.test(line))
    .map(line => readPacemakerLine(line, year, 'local'))
    .flatMap(event => (event?.kind === 'fenced' && event.ok ? [event.node] : []))
  const [, time] = /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)/.exec(first) ?? []
  const thisYear = Date.parse(`${time} ${year}`)
  // Pacemaker writes no year: what would lie in the future was last year.
  const sinceMs = thisYear > nowMs + dayMs ? Date.parse(`${time} ${year - 1}`) : thisYear
  return { fenced: [...new Set(fenced)], sinceMs: Number.isNaN(sinceMs) ? undefined : sinceMs }
}

/** @param processes a /proc/PID/stat each, in which pacemaker-fenced has its name to 15 letters */
function readFencerStart(stat: string, processes: readonly string[]): number | undefined {
  const booted = /^btime (\d+)$/m.exec(stat)?.[1]
  const fencer = processes.find(text => text.includes('(pacemaker-fence)'))
  const ticks = fencer === undefined ? undefined : parseProcessStat(fencer)?.startTime
  if (booted === undefined || ticks === undefined) return undefined
  return (Number(booted) + Math.floor(ticks / ticksPerSecond)) * 1000
}
