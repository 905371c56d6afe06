import { parseArgs } from 'node:util'
import {
  besideTests,
  LAYERS,
  type Layer,
  layerOf,
  SET_UP_BUDGET_MINUTES,
  testFiles,
} from './layers/layers.ts'
import { callExport, indent, npmScript } from './layers/steps.ts'
import {
  againstBudget,
  closingLine,
  exitCode,
  ONE_FAILED,
  ONE_SKIPPED,
  sum,
  type Tally,
} from './layers/tally.ts'
import { runVitest } from './layers/vitest.ts'

/** What one run of the layers gathers. */
interface Run {
  readonly root: string
  readonly tallies: Tally[]
  /** Set-up of all layers, the shell's part included. */
  setUpSeconds: number
}

async function main(root: string, argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { full: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const unknown = positionals.filter(name => !LAYERS.some(layer => layer.name === name))
  if (unknown.length > 0) {
    console.error(`no layer ${unknown.join(', ')}; there are ${LAYERS.map(layer => layer.name).join(', ')}`)
    return 2
  }
  if (values.full) process.env.HAHA_FULL = '1'

  const files = testFiles(root)
  const chosen = LAYERS.filter(layer =>
    positionals.length > 0 ? positionals.includes(layer.name) : files.some(file => layerOf(file) === layer),
  )
  const run: Run = { root, tallies: [], setUpSeconds: Number(process.env.HAHA_SET_UP_SECONDS ?? 0) }
  for (const file of files.filter(file => layerOf(file) === undefined)) {
    fail(run, `${file} belongs to no layer, so it would never run; move it to test/<layer>/ as *.test.ts`)
  }

  const times: string[] = []
  let built = false
  for (const layer of chosen) {
    console.log(`== ${layer.name}`)
    if (!(await canRun(run, layer))) continue
    if (layer.needsDist && !built) {
      built = true
      await timed(run, () => buildDist(run))
    }
    const takeDown = await timed(run, () => setUp(run, layer))
    if (takeDown === undefined) continue
    const started = performance.now()
    if (layer.name === 'unit') run.tallies.push(await npmScript(root, 'check'))
    run.tallies.push(await runVitest(root, layer))
    times.push(againstBudget(layer.name, (performance.now() - started) / 1000, layer.budgetMinutes))
    await takeDown().catch((error: unknown) => fail(run, `clearing up after ${layer.name}`, error))
  }

  const total = sum(run.tallies)
  console.log(
    `== time\n  ${[againstBudget('set-up', run.setUpSeconds, SET_UP_BUDGET_MINUTES), ...times].join('\n  ')}`,
  )
  if (total.passed + total.failed === 0) console.log('no test was run: that is a failure')
  console.log(closingLine(total))
  return exitCode(total)
}

/** A layer that this machine cannot carry is never passed over in silence. */
async function canRun(run: Run, layer: Layer): Promise<boolean> {
  const requirements = besideTests(run.root, layer, 'requirements.ts')
  if (requirements === undefined) return true
  const missing = await callExport(requirements, 'missing').catch(
    (error: unknown) => `its requirements.ts failed: ${error}`,
  )
  if (missing === undefined) return true
  if (process.env.CI === 'true') {
    fail(run, `the layer ${layer.name} cannot run on this machine: ${missing}`)
  } else {
    run.tallies.push(ONE_SKIPPED)
    console.log(`  SKIPPED  THE WHOLE LAYER ${layer.name.toUpperCase()}: ${missing}`)
  }
  return false
}

/** Bundles and .deb: `npm run package` builds before it packs. */
async function buildDist(run: Run): Promise<void> {
  run.tallies.push(await npmScript(run.root, 'package'))
}

/** Runs a layer's own `setUp()`. Answers how to take it down again; undefined: it failed. */
async function setUp(run: Run, layer: Layer): Promise<(() => Promise<unknown>) | undefined> {
  const file = besideTests(run.root, layer, 'set-up.ts')
  if (file === undefined) return async () => undefined
  try {
    const takeDown = await callExport(file, 'setUp')
    return async () => (typeof takeDown === 'function' ? await takeDown() : undefined)
  } catch (error) {
    fail(run, `set-up of the layer ${layer.name}; its tests were not run`, error)
    return undefined
  }
}

async function timed<T>(run: Run, step: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await step()
  run.setUpSeconds += (performance.now() - started) / 1000
  return result
}

function fail(run: Run, what: string, error?: unknown): void {
  run.tallies.push(ONE_FAILED)
  console.log(`  FAILED  ${what}`)
  if (error !== undefined)
    console.log(indent(error instanceof Error ? (error.stack ?? error.message) : String(error)))
}

process.exit(await main(process.cwd(), process.argv.slice(2)))
