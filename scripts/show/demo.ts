import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pause } from '../../lib/host/clock.ts'
import type { Check } from '../drill/moments.ts'
import { until } from '../drill/waiting.ts'
import type { Cluster } from '../lab/cluster.ts'
import { interleavings, readHeartbeats } from './heartbeats.ts'
import { HOUSE_PROJECT } from './house-place.ts'
import { compose } from './own-start.ts'
import { activeNode, otherWorker, type Stage } from './stage.ts'
import { performStep, type StepPlan } from './step-draft.ts'
import type { DemoRecord, StepRecord } from './step-record.ts'
import { applicationKilled } from './steps/application-killed.ts'
import { fencedNodeReturns } from './steps/fenced-node-returns.ts'
import { gpuHangs } from './steps/gpu-hangs.ts'
import { networkCut, plugHangs } from './steps/network-cut.ts'
import { powerCut } from './steps/power-cut.ts'
import { radioHangs } from './steps/radio-hangs.ts'
import { standby } from './steps/standby.ts'

/** In the order of the story: each leaves two workers behind for the next, or waits for them. */
const STEPS: readonly StepPlan[] = [
  applicationKilled,
  standby,
  powerCut,
  fencedNodeReturns,
  networkCut,
  plugHangs,
  gpuHangs,
  radioHangs,
]

/** A look that comes much later than planned could have missed something. */
const LONGEST_GAP_MS = 500
const HEARTBEATS = ['home-assistant', 'esphome'] as const

export const OWN_START_RUNS = 5

/** Shows every step; a step in which something did not happen is the last one. */
export async function showSteps(stage: Stage): Promise<readonly StepRecord[]> {
  const records: StepRecord[] = []
  for (const plan of STEPS) {
    const { record, complete } = await performStep(stage, plan)
    records.push(record)
    if (!complete) break
  }
  return records
}

/** Starts the stack by hand on the node that must not run it: whoever watches must see it. */
export async function runTwice(stage: Stage): Promise<void> {
  const active = activeNode(stage)
  const other = otherWorker(stage, active)
  stage.narrator.chapter(`self-test: docker compose up -d by hand on ${other}, beside ${active}`)
  await compose(stage.cluster, other, ['up', '-d'])
  await until('the double run is seen', () => stage.watcher.doubleRuns().length > 0, 30_000).catch(() => {})
  // Long enough for the heartbeats of both nodes to lie between each other.
  await pause(2_000)
}

/** What must be true of the run as a whole. */
export async function checksOf(stage: Stage): Promise<readonly Check[]> {
  const { log } = stage.watcher
  const twice = stage.watcher.doubleRuns()
  const shown = [
    ...new Set(twice.map(({ service, nodes }) => `${service} on ${[...nodes].sort().join(' and ')}`)),
  ]
  return [
    {
      text:
        twice.length === 0
          ? `no service ever had processes on two nodes, in ${log.looks} looks at the control groups`
          : `processes on two nodes at once: ${shown.join(', ')}`,
      ok: twice.length === 0 && log.looks > 0,
    },
    {
      text: `the longest time between two looks was ${log.longestGapMs} ms, at most ${LONGEST_GAP_MS} ms`,
      ok: log.longestGapMs <= LONGEST_GAP_MS,
    },
    ...(await heartbeatChecks(stage.cluster)),
  ]
}

async function heartbeatChecks(cluster: Cluster): Promise<Check[]> {
  const checks: Check[] = []
  for (const service of HEARTBEATS) {
    const file = join(cluster.shared, HOUSE_PROJECT, 'heartbeat', service)
    const { beats } = readHeartbeats(await readFile(file, 'utf8').catch(() => ''))
    const [mixed] = interleavings(beats)
    const nodes = [...new Set(beats.map(beat => beat.node))].sort().join(' and ')
    checks.push(
      mixed === undefined
        ? { text: `${beats.length} heartbeats of ${service} by ${nodes}, never mixed`, ok: beats.length > 0 }
        : { text: `heartbeats of ${service}: ${mixed.nodes.join(' and ')} wrote at once`, ok: false },
    )
  }
  return checks
}

/** Puts together what the reports tell. */
export async function recordOf(
  stage: Stage,
  startedMs: number,
  steps: readonly StepRecord[],
  ground: readonly string[],
): Promise<DemoRecord> {
  return {
    ...{ startedMs, endedMs: Date.now(), steps, ground },
    ownStart: stage.ownStart,
    ownStartRuns: stage.ownStartRuns,
    membershipSeconds: stage.membershipSeconds,
    checks: await checksOf(stage),
  }
}
