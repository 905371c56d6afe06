import { join } from 'node:path'
import { metricsDirectory } from '../../lib/metrics/directory.ts'
import { nodeSettings } from '../../lib/ocf/node-settings.ts'
import { actOf } from './acts/act-of.ts'
import { ARCHIVE, keepRecord, keptSummaries, lastOf, writeAtomically } from './archive.ts'
import { askMembershipSeconds, ClusterSilent } from './cluster-tools.ts'
import { type Order, readOrder } from './command-line.ts'
import { confirm } from './confirm.ts'
import { Interrupted, onInterrupt } from './interrupt.ts'
import { lookAround } from './look-around.ts'
import { usage } from './manual.ts'
import { metricsText } from './metrics.ts'
import { oneLine } from './one-line.ts'
import { drillPage } from './page.ts'
import { NotBegun, perform } from './perform.ts'
import { planText } from './plan-text.ts'
import { type DrillRecord, failuresOf, recordJson } from './record.ts'
import { drillReport } from './report.ts'

/** What the exit code says. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const

/** What is baked into the bundle. */
export interface Baked {
  readonly version: string
}

const say = (text: string) => process.stdout.write(`${text}\n`)

/** Runs the program, and leaves with its exit code once everything is undone. */
export async function run({ version }: Baked): Promise<void> {
  const interrupted = onInterrupt('what it made is taken back')
  const parsed = readOrder(process.argv.slice(2))
  if (parsed.kind === 'help') say(usage())
  if (parsed.kind === 'version') say(`haha-drill ${version}`)
  if (parsed.kind === 'fault') process.stderr.write(`haha-drill: ${parsed.fault}\n${usage()}\n`)
  if (parsed.kind !== 'order') process.exit(parsed.kind === 'fault' ? EXIT.usage : EXIT.done)
  try {
    process.exitCode = await drill(parsed.order, interrupted)
  } catch (error) {
    process.stderr.write(`haha-drill: ${oneLine(error)}\n`)
    process.exitCode = error instanceof Interrupted ? error.exitCode : EXIT.refused
    if (!(error instanceof Interrupted || error instanceof ClusterSilent || error instanceof NotBegun))
      process.exitCode = EXIT.failed
  }
  // What was written has to reach a pipe, and a terminal's input would keep the program alive.
  process.stdout.write('', () => process.exit())
}

/** @returns the exit code */
async function drill(order: Order, interrupted: Promise<never>): Promise<number> {
  if (process.getuid?.() !== 0) return refuse(['the cluster lets only root do this; run it as root'])
  const ready = await Promise.race([prepare(order), interrupted])
  if (ready === undefined) return EXIT.refused
  if (!order.yes) {
    if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
      return refuse(['there is no terminal to ask at; --yes does it unasked'])
    const isWanted = await Promise.race([
      confirm(`Do it on ${ready.looked.situation.aim.node} now?`),
      interrupted,
    ])
    if (!isWanted) return refuse(['not confirmed'])
  }
  // Minutes may have passed at the question.
  const again = order.yes ? ready : await Promise.race([prepare(order, 'quietly'), interrupted])
  if (again === undefined) return EXIT.refused
  const { looked, act, last } = again
  const { record, interruptedBy } = await perform({
    ...{ situation: looked.situation, services: looked.services, act, interrupted },
    limitSeconds: order.limitSeconds,
    write: text => process.stdout.write(text),
    isTerminal: process.stdout.isTTY === true,
  })
  say(`\n${drillReport(record, last)}`)
  keep(order, record, interruptedBy === undefined, last)
  if (interruptedBy !== undefined) return interruptedBy.exitCode
  return failuresOf(record).length === 0 ? EXIT.done : EXIT.failed
}

/** Shows the plan; undefined: refused, and said why. */
async function prepare(order: Order, manner: 'aloud' | 'quietly' = 'aloud') {
  const looked = await lookAround(order)
  if (!looked.ok) return void refuse([looked.fault])
  const { situation, services, refused } = looked
  const last = lastOf(keptSummaries(ARCHIVE), order.kind, situation.aim.resource)
  const membershipSeconds = await askMembershipSeconds()
  const made = await actOf({ situation, order, services, last: last?.figures, membershipSeconds })
  if (manner === 'aloud') say(planText(situation, made.ok ? made.act.plan : undefined, services, last))
  const why = [...refused, ...(made.ok ? [] : made.faults)]
  if (why.length > 0 || !made.ok) return void refuse(why)
  return { looked, act: made.act, last }
}

function refuse(why: readonly string[]): number {
  for (const line of why) process.stderr.write(`haha-drill: refused: ${line}\n`)
  process.stderr.write('haha-drill: nothing was done\n')
  return EXIT.refused
}

/** A drill that was interrupted says nothing about the next one: it is not kept. */
function keep(
  order: Order,
  record: DrillRecord,
  isWhole: boolean,
  last: Parameters<typeof drillPage>[1],
): void {
  if (isWhole) say(`record: ${keepRecord(ARCHIVE, record)}`)
  if (order.json !== undefined) writeAtomically(order.json, recordJson(record), 0o644)
  if (order.html !== undefined) writeAtomically(order.html, drillPage(record, last), 0o644)
  const metrics = order.metrics ?? metricsDirectory(nodeSettings)
  if (metrics === undefined || !isWhole) return
  try {
    writeAtomically(join(metrics, 'haha_drill.prom'), metricsText(keptSummaries(ARCHIVE)), 0o644)
  } catch (error) {
    // Somebody else's folder is no part of the drill, unless it was asked for.
    if (order.metrics !== undefined) throw error
    process.stderr.write(`haha-drill: METRICS_DIRECTORY of ${nodeSettings}: ${oneLine(error)}\n`)
  }
}
