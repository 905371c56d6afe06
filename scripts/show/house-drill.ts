import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Away, lengthOf, seconds } from '../drill/figures.ts'
import type { DrillKind } from '../drill/kinds.ts'
import type { Check } from '../drill/moments.ts'
import { type DrillSummary, readSummary } from '../drill/record.ts'
import type { NodeName } from '../lab/plan.ts'
import { DRILL_FILE, MOUNT } from './house-place.ts'
import type { Stage } from './stage.ts'

/** It watches until the node that was lost is back. */
const LIMIT_MS = 600_000
/** Both ask ten times a second, from two places, and whoever takes over tells its address to each of them. */
const AGREE_SECONDS = 0.5

/** How a drill ended. */
export interface DrillEnd {
  readonly exitCode: number
  /** What it said last, but for where its record is. */
  readonly lastLine: string
  /** Undefined: it left no record, because it was refused. */
  readonly summary: DrillSummary | undefined
}

/** Runs the installed haha-drill on a node that loses nothing, as an operator would. */
export async function drillHouse(
  { cluster }: Stage,
  kind: DrillKind,
  victim: NodeName,
  from: NodeName,
): Promise<DrillEnd> {
  const command = ['haha-drill', '--yes', '--json', `${MOUNT}/${DRILL_FILE}`, kind, victim]
  const { exitCode, stdout, stderr } = await cluster.exec(from, command, { timeoutMs: LIMIT_MS })
  const record = await readFile(join(cluster.shared, DRILL_FILE), 'utf8').catch(() => '')
  const said = `${stdout}${stderr}`.split('\n').filter(line => line !== '' && !line.startsWith('record: '))
  return { exitCode, lastLine: said.at(-1) ?? 'nothing', summary: readSummary(record) }
}

/** Holds what the drill measured from its node against what the client outside saw. */
export function drillChecks(
  { exitCode, lastLine, summary }: DrillEnd,
  seen: readonly Away[],
): readonly Check[] {
  const drilled = (service: string) => summary?.outages.get(service) ?? 0
  const agree = seen.every(one => Math.abs(lengthOf(one) - drilled(one.service)) <= AGREE_SECONDS)
  const words = seen.map(
    one => `${one.service} ${seconds(drilled(one.service))} and ${seconds(lengthOf(one))}`,
  )
  return [
    { text: `haha-drill ends well: ${lastLine}`, ok: exitCode === 0 && summary?.ok === true },
    {
      text: `what it measured and what the client saw differ by at most ${AGREE_SECONDS} s: ${words.join(', ')}`,
      ok: seen.length > 0 && seen.length === summary?.outages.size && agree,
    },
  ]
}
