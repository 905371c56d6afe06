import { copyFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pause } from '../../lib/host/clock.ts'
import { Interrupted } from '../drill/interrupt.ts'
import { narrate } from '../drill/narrator.ts'
import { oneLine } from '../drill/one-line.ts'
import { type Cluster, upCluster } from '../lab/cluster.ts'
import { removeCluster } from '../lab/leftovers.ts'
import { clusterPlace } from '../lab/place.ts'
import { clusterPlan } from '../lab/plan.ts'
import { readRecord } from '../lab/record.ts'
import { npmScript } from '../layers/steps.ts'
import { OWN_START_RUNS, recordOf, runTwice, showSteps } from './demo.ts'
import { failures } from './figures.ts'
import { groundOf } from './ground.ts'
import { drillFile } from './house-place.ts'
import { htmlReport } from './html-report.ts'
import { prepare } from './prepare.ts'
import { textReport } from './text-report.ts'

const USAGE = `usage: ./scripts/demo [--self-test]
  --self-test  runs the stack twice on purpose: must be seen, and must end with exit code 1`

const CLUSTER = 'demo'
/** A lost node boots once the house is back: a real one would boot on cores of its own. */
const FIRMWARE_MS = 12_000
const REMOVAL_TRIES = 5

/** What is taken down at the end, the last one first. */
const ends: (() => Promise<void> | void)[] = [removeOwnCluster]

async function show(root: string, selfTest: boolean): Promise<number> {
  const startedMs = Date.now() - Number(process.env.HAHA_SET_UP_SECONDS ?? 0) * 1000
  const narrator = narrate(line => console.log(line))
  narrator.chapter('the cluster', startedMs)
  if ((await npmScript(root, 'package')).failed > 0)
    throw new Error('the package could not be built: see above')
  const cluster: Cluster = await upCluster(
    clusterPlan({ name: CLUSTER, firmwareMs: FIRMWARE_MS, lifetime: 'this process' }),
    line => narrator.say(line),
  )
  const stage = await prepare(cluster, narrator, {
    ownStartRuns: selfTest ? 1 : OWN_START_RUNS,
    onEnd: end => ends.push(end),
  })
  if (selfTest) await runTwice(stage)
  const steps = selfTest ? [] : await showSteps(stage)
  const record = await recordOf(stage, startedMs, steps, await groundOf(cluster))
  const file = join(root, 'demo-report.html')
  await writeFile(file, htmlReport(record))
  console.log(`\n${textReport(record)}\n\nthe same with the timelines drawn: ${file}`)
  for (const name of (await readdir(cluster.shared)).filter(one => one.startsWith(drillFile('')))) {
    await copyFile(join(cluster.shared, name), join(root, name))
    console.log(`kept by haha-drill: ${join(root, name)}`)
  }
  return failures(record).length === 0 ? 0 : 1
}

/** Also what is half built when the demo is interrupted; never the cluster of another demo. */
async function removeOwnCluster(): Promise<void> {
  const place = clusterPlace(CLUSTER)
  for (let tries = 1; (await readRecord(place))?.owner?.pid === process.pid; tries += 1) {
    try {
      await removeCluster(place)
    } catch (error) {
      // A cluster that was being built when it was interrupted takes itself down, too: both meet.
      if (tries === REMOVAL_TRIES) throw error
      await pause(500)
    }
  }
}

/**
 * Runs the demo and takes down all it started, however it ends.
 *
 * @param interrupted rejects when the demo is to end early
 * @returns the exit code: 0 shown and nothing wrong, 1 something was, 2 not asked properly
 */
export async function demo(
  root: string,
  argv: readonly string[],
  interrupted: Promise<never>,
): Promise<number> {
  let selfTest = false
  try {
    const { values } = parseArgs({ args: [...argv], options: { 'self-test': { type: 'boolean' } } })
    selfTest = values['self-test'] === true
  } catch {
    console.error(USAGE)
    return 2
  }
  let code = 1
  try {
    code = await Promise.race([show(root, selfTest), interrupted])
  } catch (error) {
    console.error(`\ndemo: ${oneLine(error)}`)
    code = error instanceof Interrupted ? error.exitCode : 1
  }
  console.log('taking down')
  for (const end of ends.splice(0).reverse()) {
    try {
      await end()
    } catch (error) {
      console.error(`demo: ${oneLine(error)}`)
      code ||= 1
    }
  }
  return code
}
