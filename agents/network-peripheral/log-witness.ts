import { rmSync } from 'node:fs'
import { sinceBootMs } from '../../lib/host/clock.ts'
import { isSameProcess, type RecordedProcess } from '../../lib/host/processes.ts'
import { readText } from '../../lib/host/small-file.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { stateFolder } from '../../lib/ocf/state-file.ts'
import { type LogPosition, startLogReader } from './log-reader.ts'
import type { Settings } from './parameters.ts'

/** Lines that one child found. */
export interface LogCount {
  readonly atMs: number
  readonly lines: number
}

/** What is remembered of the log. */
export interface LogRecord {
  readonly position: LogPosition
  /** The child under way, or hung. */
  readonly child: RecordedProcess | undefined
  readonly counts: readonly LogCount[]
}

export const noLog: LogRecord = { position: { inode: 0, offset: 0 }, child: undefined, counts: [] }

/**
 * Takes up what the last child found in the log, and starts the next one. A log that says nothing, or
 * cannot be read, is no evidence.
 */
export async function hearLog(action: Action<Settings>, before: LogRecord): Promise<LogRecord> {
  const { logFile, logPattern, logWindowMs } = action.settings
  if (logFile === undefined) return before
  const answerFile = `${stateFolder}/network-peripheral-${action.invocation.instance}.log-lines`
  const now = sinceBootMs()
  const answer = readAnswer(readText(answerFile) ?? '')
  if (answer !== undefined) rmSync(answerFile, { force: true })
  const position = answer?.position ?? before.position
  const news = answer === undefined || answer.lines === 0 ? [] : [{ atMs: now, lines: answer.lines }]
  const counts = withinWindow([...before.counts, ...news], now, logWindowMs)
  if (before.child !== undefined && isSameProcess(before.child))
    return { position, child: before.child, counts }
  return { position, child: await startLogReader(logFile, logPattern, position, answerFile), counts }
}

/** Reads `inode offset lines`. */
export function readAnswer(
  text: string,
): { readonly position: LogPosition; readonly lines: number } | undefined {
  const [, inode, offset, lines] = /^(\d{1,15}) (\d{1,15}) (\d{1,9})\n$/.exec(text) ?? []
  if (inode === undefined) return undefined
  return { position: { inode: Number(inode), offset: Number(offset) }, lines: Number(lines) }
}

export function withinWindow(
  counts: readonly LogCount[],
  nowMs: number,
  windowMs: number,
): readonly LogCount[] {
  return counts.filter(({ atMs }) => nowMs - atMs < windowMs)
}

export function linesOf(counts: readonly LogCount[]): number {
  return counts.reduce((sum, { lines }) => sum + lines, 0)
}
