import { appendFileSync, writeSync } from 'node:fs'
import { searchPath } from '../host/binary.ts'
import { isLocalPath } from '../host/mounts.ts'
import { oneLine } from './exit-reason.ts'
import type { Invocation } from './invocation.ts'

/** What an action says, beyond its exit reason. Nothing is said by a healthy monitor. */
export interface Report {
  /** Just before a failing exit only. */
  error(text: string): void
  warn(text: string): void
  info(text: string): void
  /** Only with HA_debug=1. */
  debug(text: string): void
  /** The line Pacemaker keeps with a failed result; the last one wins. */
  exitReason(text: string): void
  /** Hands the log what is still on its way to the logger; bounded to a second. */
  flush(): Promise<void>
}

const levels = {
  error: { word: 'ERROR', priority: 3 },
  warn: { word: 'WARNING', priority: 4 },
  info: { word: 'INFO', priority: 6 },
  debug: { word: 'DEBUG', priority: 7 },
} as const

type Level = keyof typeof levels

/**
 * Says things on stderr (which Pacemaker puts into its own log, and crm ra validate reads by the words
 * ERROR, WARNING and INFO), in HA_LOGFILE, and to syslog through one `logger` process per action: node
 * has no datagram sockets for /dev/log.
 */
export function openReport(invocation: Invocation): Report {
  const tag = `${invocation.agent}(${invocation.instance})`
  const unsent: string[] = []
  let logger: Promise<LoggerPipe | undefined> | undefined

  const toSyslog = (level: Level, text: string) => {
    if (invocation.logFacility === undefined) return
    unsent.push(`<${levels[level].priority}>${text}\n`)
    logger ??= startLogger(tag, invocation.logFacility)
    void logger.then(pipe => pipe?.write(unsent.splice(0).join('')))
  }
  const toFile = (level: Level, text: string) => {
    if (invocation.logFile === undefined || !isLocalPath(invocation.logFile)) return
    const stamp = new Date().toISOString().slice(0, 19).replace('T', ' ')
    try {
      appendFileSync(invocation.logFile, `${stamp} ${tag}[${process.pid}]: ${levels[level].word}: ${text}\n`)
    } catch {
      // A full or read-only log must not decide what becomes of the resource.
    }
  }
  const say = (level: Level, text: string) => {
    const line = oneLine(text, 500)
    toStderr(`${levels[level].word}: ${line}`)
    toFile(level, line)
    toSyslog(level, line)
  }
  return {
    error: text => say('error', text),
    warn: text => say('warn', text),
    info: text => say('info', text),
    debug: text => {
      if (invocation.debug) say('debug', text)
    },
    exitReason: text => toStderr(`${invocation.exitReasonPrefix}${oneLine(text)}`),
    async flush() {
      const pipe = await logger
      await pipe?.end()
    },
  }
}

/** Writes one line to stderr at once, so that a kill right after it loses nothing. */
export function toStderr(line: string): void {
  try {
    writeSync(2, `${line}\n`)
  } catch {
    // Nobody listens any more; the exit code still counts.
  }
}

interface LoggerPipe {
  write(text: string): void
  end(): Promise<void>
}

async function startLogger(tag: string, facility: string): Promise<LoggerPipe | undefined> {
  const { spawn } = await import('node:child_process')
  const child = spawn(
    'logger',
    ['--tag', `${tag}[${process.pid}]`, '--prio-prefix', '--priority', `${facility}.info`],
    {
      cwd: '/',
      // Not the agent's own: the parameters are in there, secrets too.
      env: { PATH: searchPath(), LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  )
  child.unref()
  const gone = new Promise<void>(resolve => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  child.stdin.on('error', () => undefined)
  return {
    write: text => {
      child.stdin.write(text)
    },
    async end() {
      child.stdin.end()
      await Promise.race([gone, new Promise<void>(resolve => setTimeout(resolve, 1000))])
    },
  }
}
