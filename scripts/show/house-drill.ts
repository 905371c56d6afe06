import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Away, lengthOf, seconds } from '../drill/figures.ts'
import type { DrillKind } from '../drill/kinds.ts'
import type { Check } from '../drill/moments.ts'
import { measureOutage } from '../drill/outage.ts'
import { readRecord, type ToldDrill } from '../drill/read-record.ts'
import { DidNotHappen } from '../drill/waiting.ts'
import { HOUSE_SERVICES } from '../house/services.ts'
import type { NodeName } from '../lab/plan.ts'
import { drillFile, MOUNT } from './house-place.ts'
import type { Stage } from './stage.ts'
import type { StepDraft } from './step-draft.ts'
import type { StepKey } from './step-record.ts'

/** It watches until the node that was lost is back. */
const LIMIT_MS = 600_000
/** The client outside asks once a second meanwhile, so each end of what it saw is half a second off, or a little more. */
const AGREE_SECONDS = 1.5

/** A drill of the house, as an operator would order it. */
export interface HouseDrill {
  readonly step: StepKey
  readonly kind: DrillKind
  readonly victim: NodeName
  /** On which it runs: one that loses nothing. */
  readonly from: NodeName
  /** How it reaches the victim, where it has to. */
  readonly ssh?: string
}

/**
 * Has the installed haha-drill make the fault and measure what follows, until the node that was lost is back. The
 * step's fault, its moments and its outages are those of the drill's record.
 *
 * @throws DidNotHappen when it was refused
 */
export async function drillHouse(stage: Stage, draft: StepDraft, order: HouseDrill): Promise<void> {
  const { step, kind, victim, from, ssh } = order
  const file = drillFile(step)
  const words = ['haha-drill', '--yes', ...(ssh === undefined ? [] : ['--ssh', ssh]), kind, victim]
  draft.note(`on ${from}: ${words.join(' ')}`)
  const options = ['--json', `${MOUNT}/${file}.json`, '--html', `${MOUNT}/${file}.html`]
  // One asker is enough for two cores: the client outside only looks whether the drill tells the truth.
  stage.client.rest(true)
  const ended = await stage.cluster
    .exec(from, [...words.slice(0, 2), ...options, ...words.slice(2)], {
      timeoutMs: LIMIT_MS,
      onLine: tellProgress(stage, kind, victim),
    })
    .finally(() => stage.client.rest(false))
  const said = `${ended.stdout}${ended.stderr}`.split('\n').filter(isNews)
  const told = readRecord(await readFile(join(stage.cluster.shared, `${file}.json`), 'utf8').catch(() => ''))
  if (told === undefined) {
    draft.check(`haha-drill began: ${said.at(-1) ?? 'it said nothing'}`, false)
    throw new DidNotHappen(`haha-drill ${kind} of ${victim}`, LIMIT_MS)
  }
  draft.takeDrill(told)
  const seen = HOUSE_SERVICES.flatMap(
    service => measureOutage(stage.client.answers, service, told.faultMs - 1_000, Date.now()) ?? [],
  )
  for (const { text, ok } of drillChecks(ended.exitCode, told, seen)) draft.check(text, ok)
}

const isNews = (line: string): boolean => line !== '' && !line.startsWith('record: ')

/** What the drill tells while it runs, up to its report; it counts from its fault, and so does the demo. */
function tellProgress({ narrator }: Stage, kind: DrillKind, victim: NodeName): (line: string) => void {
  let told = false
  return line => {
    told ||= line.startsWith(`${kind}: `)
    const [, what] = /^ *\d+\.\d s {2}(.*)$/.exec(line) ?? []
    if (told || what === undefined) return
    if (/^the (power|network) of /.test(what) && what.includes(`${victim} is cut`))
      narrator.countFrom(Date.now())
    narrator.sayOnce(what)
  }
}

/** Holds what the drill measured from its node against what the client outside saw. */
export function drillChecks(
  exitCode: number,
  { failures, outages }: Pick<ToldDrill, 'failures' | 'outages'>,
  seen: readonly Away[],
): readonly Check[] {
  const drilled = (service: string) => {
    const outage = outages.find(one => one.service === service)
    return outage === undefined ? 0 : lengthOf(outage)
  }
  const agree = seen.every(one => Math.abs(lengthOf(one) - drilled(one.service)) <= AGREE_SECONDS)
  const words = seen.map(
    one => `${one.service} ${seconds(drilled(one.service))} and ${seconds(lengthOf(one))}`,
  )
  return [
    {
      text: `haha-drill ends with ${exitCode}: ${failures.join('; ') || 'every service answered again'}`,
      ok: exitCode === 0 && failures.length === 0,
    },
    {
      text: `what it measured and what the client saw differ by at most ${AGREE_SECONDS} s: ${words.join(', ')}`,
      ok: seen.length > 0 && seen.length === outages.length && agree,
    },
  ]
}
