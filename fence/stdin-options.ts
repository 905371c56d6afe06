import { monotonicMs } from '../lib/host/clock.ts'
import type { GivenOptions } from './options.ts'
import { canonicalName } from './options.ts'

/** Longest input that is read; a fencer sends a few hundred bytes. */
export const longestInput = 1_048_576

/**
 * Options as Pacemaker's fencer writes them: `key=value` lines in any order, values literal but for one
 * pair of outer quotes; blank lines and `#` comments are skipped; the last of a repeated key wins.
 * Lines without `=` are counted, never shown: one may be the second half of a password.
 */
export function parseStdinOptions(text: string): { given: GivenOptions; strayLines: number } {
  const given = new Map<string, string>()
  let strayLines = 0
  for (const rawLine of text.split('\n')) {
    const line = rawLine.trim()
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    const name = canonicalName(line.slice(0, Math.max(0, equals)))
    if (name === '') strayLines += 1
    else given.set(name, unquote(line.slice(equals + 1).trim()))
  }
  return { given, strayLines }
}

function unquote(value: string): string {
  const first = value[0]
  const quoted = value.length >= 2 && (first === '"' || first === "'") && value.endsWith(first)
  return quoted ? value.slice(1, -1) : value
}

/**
 * Reads all of standard input. A terminal or a writer that never closes is given up after `limitMs`.
 * @throws Error with a line for the operator
 */
export async function readStdin(limitMs: number): Promise<string> {
  const { readSync } = await import('node:fs')
  const parts: Buffer[] = []
  const buffer = Buffer.alloc(65_536)
  const giveUpAt = monotonicMs() + limitMs
  for (let total = 0; ; ) {
    let size = 0
    try {
      size = readSync(0, buffer, 0, buffer.length, null)
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
      if (code === 'EOF') break
      if (code !== 'EAGAIN') throw new Error('options could not be read from standard input', { cause })
      if (monotonicMs() > giveUpAt) throw new Error('standard input stayed open without options: close it')
      await new Promise<void>(resolve => setTimeout(resolve, 20))
      continue
    }
    if (size === 0) break
    total += size
    if (total > longestInput) throw new Error('more than 1 MiB of options on standard input: not a fencer')
    parts.push(Buffer.from(buffer.subarray(0, size)))
  }
  return Buffer.concat(parts).toString('utf8')
}
