import { writeSync } from 'node:fs'

/** Where an action says what it did. Standard output carries results alone; the fencer logs the rest. */
export interface Report {
  /** The result line, to standard output. */
  result(line: string): void
  /** Text of several lines that holds nothing of the run: metadata, man page, help. */
  resultText(text: string): void
  /** For the operator, to standard error; one line, shortened to 200 characters. */
  warning(line: string): void
  error(line: string): void
  /** What went over the wire, for `verbose` and `debug_file`. */
  detail(line: string): void
  /** A text that must never be written: replaced wherever it shows up, also encoded. */
  keepSecret(secret: string): void
}

const longestLine = 195

/** The report of one run, whose entry decides where details go. */
export interface RunReport extends Report {
  /** Sends details on: to standard error, or to a sink such as a debug file. */
  showDetails(sink?: (line: string) => void): void
  silence(): void
}

/**
 * The report of one run. Every line passes one place that takes secrets out, so that no caller has to
 * remember it.
 */
export function createReport(name: string): RunReport {
  const secrets: string[] = []
  const sinks: ((line: string) => void)[] = []
  let quiet = false
  const clean = (line: string): string => {
    let text = line
    for (const secret of secrets) text = text.replaceAll(secret, '***')
    return printable(text)
  }
  const toStderr = (line: string) => write(2, `${clean(line).slice(0, longestLine)}\n`)
  const log = (line: string) => {
    if (!quiet) toStderr(`${name}: ${line}`)
    for (const sink of sinks) sink(clean(line))
  }
  return {
    result: line => write(1, `${clean(line)}\n`),
    resultText: text => write(1, `${text}\n`),
    warning: line => log(`warning: ${line}`),
    error: log,
    detail: line => {
      for (const sink of sinks) sink(clean(line))
    },
    keepSecret: secret => {
      // Shorter ones are never printed by anybody, and would blot out half of every line here.
      if (secret.length < 4) return
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]
      for (const form of [...forms, printable(secret)]) if (!secrets.includes(form)) secrets.push(form)
      secrets.sort((a, b) => b.length - a.length)
    },
    showDetails: sink => sinks.push(sink ?? toStderr),
    silence: () => {
      quiet = true
    },
  }
}

function printable(text: string): string {
  let safe = ''
  for (const character of text) safe += character < ' ' || character === '\x7f' ? '?' : character
  return safe
}

function write(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0, tries = 0; at < bytes.length && tries < 200; tries += 1) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (cause) {
      // Nobody listens any more: what is switched matters, not who reads of it.
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
