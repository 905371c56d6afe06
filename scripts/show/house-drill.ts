import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lengthOf, seconds } from '../drill/figures.ts'
import type { DrillKind } from '../drill/kinds.ts'
import { type MeasuredOutage, measureOutage } from '../drill/outage.ts'
import { type DrillSummary, readSummary } from '../drill/record.ts'
import { HOUSE_SERVICES } from '../house/services.ts'
import type { NodeName } from '../lab/plan.ts'
import { DRILL_FILE, MOUNT } from './house-place.ts'
import type { Stage } from './stage.ts'
import type { StepDraft } from './step-draft.ts'

/** It watches until the node that was lost is back. */
const LIMIT_MS = 600_000
/** Both ask ten times a second, from two places, and whoever takes over tells its address to each of them. */
const AGREE_SECONDS = 0.5

/** How a drill ended. */
export interface DrillEnd {
  readonly exitCode: number
  /** What it said last. */
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
  const said = `${stdout}${stderr}`.trim().split('\n')
  return { exitCode, lastLine: said.at(-1) ?? '', summary: readSummary(record) }
}

/** Holds what the drill measured from its node against what the client outside saw. */
export function compareDrill(
  stage: Stage,
  draft: StepDraft,
  { exitCode, lastLine, summary }: DrillEnd,
): void {
  draft.check(`haha-drill ends well: ${lastLine}`, exitCode === 0 && summary?.ok === true)
  const seen = HOUSE_SERVICES.flatMap(
    service => measureOutage(stage.client.answers, service, draft.faultMs, Date.now()) ?? [],
  )
  const pairs = seen.map(outage => ({ outage, drilled: summary?.outages.get(outage.service) ?? 0 }))
  const words = pairs.map(
    ({ outage, drilled }) => `${outage.service} ${seconds(drilled)} and ${seconds(lengthOf(outage))}`,
  )
  draft.check(
    `what it measured and what the client saw differ by at most ${AGREE_SECONDS} s: ${words.join(', ')}`,
    pairs.length === summary?.outages.size && pairs.every(agree),
  )
}

const agree = ({ outage, drilled }: { readonly outage: MeasuredOutage; readonly drilled: number }): boolean =>
  Math.abs(lengthOf(outage) - drilled) <= AGREE_SECONDS
