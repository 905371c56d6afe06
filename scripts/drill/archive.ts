import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DrillKind } from './kinds.ts'
import { type DrillRecord, type DrillSummary, readSummary, recordJson } from './record.ts'

/** Where the records of this node's drills lie. */
export const ARCHIVE = '/var/lib/haha-drill'

/** Adds a record. @returns its file */
export function keepRecord(folder: string, record: DrillRecord): string {
  const at = new Date(record.faultMs).toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z')
  const file = join(folder, `${at}-${record.kind}.json`)
  mkdirSync(folder, { recursive: true, mode: 0o750 })
  writeAtomically(file, recordJson(record), 0o640)
  return file
}

/** Every record that can be read, the newest last. */
export function keptSummaries(folder: string): readonly DrillSummary[] {
  let names: string[]
  try {
    names = readdirSync(folder).filter(name => name.endsWith('.json'))
  } catch {
    // No drill yet.
    return []
  }
  return names
    .flatMap(name => readSummary(readFileSync(join(folder, name), 'utf8')) ?? [])
    .sort((a, b) => a.faultMs - b.faultMs)
}

/** The newest drill of a kind, of that resource. */
export const lastOf = (
  kept: readonly DrillSummary[],
  kind: DrillKind,
  resource: string,
): DrillSummary | undefined => kept.filter(one => one.kind === kind && one.resource === resource).at(-1)

/** Whoever reads the file sees all of it, the old one or the new one. */
export function writeAtomically(file: string, text: string, mode: number): void {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}`)
  try {
    const fd = openSync(draft, 'w', mode)
    try {
      writeSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}
