import { stripVTControlCharacters } from 'node:util'
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node'
import { startVitest } from 'vitest/node'
import type { Layer } from './layers.ts'
import { indent } from './steps.ts'
import { NOTHING, ONE_FAILED, ONE_PASSED, ONE_SKIPPED, sum, type Tally } from './tally.ts'

/** Runs one layer's test files with vitest and tells each failure with its message. */
export async function runVitest(root: string, layer: Layer): Promise<Tally> {
  const report = new LayerReport(layer)
  const vitest = await startVitest('test', [], {
    root,
    project: [layer.name],
    watch: false,
    reporters: [report],
  })
  await vitest.close()
  return report.tally
}

class LayerReport implements Reporter {
  tally: Tally = NOTHING
  private readonly layer: Layer

  constructor(layer: Layer) {
    this.layer = layer
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result()
    const name = `${test.module.relativeModuleId} > ${test.fullName}`
    const seconds = `(${((test.diagnostic()?.duration ?? 0) / 1000).toFixed(1)} s)`
    if (result.state === 'passed') {
      this.tally = sum([this.tally, ONE_PASSED])
      // Hundreds of tests of milliseconds each say nothing one by one.
      if (!isQuick(this.layer)) console.log(`  ok  ${name} ${seconds}`)
    } else if (result.state === 'skipped') {
      this.tally = sum([this.tally, ONE_SKIPPED])
      console.log(`  SKIPPED  ${name}${result.note === undefined ? '' : `: ${result.note}`}`)
    } else {
      this.fail(`${name} ${seconds}`, result.errors ?? [])
    }
  }

  onTestSuiteResult(suite: TestSuite): void {
    if (suite.errors().length > 0)
      this.fail(`${suite.module.relativeModuleId} > ${suite.fullName}`, suite.errors())
  }

  onTestModuleEnd(module: TestModule): void {
    if (module.errors().length > 0) this.fail(module.relativeModuleId, module.errors())
    else if (isQuick(this.layer) && module.ok()) console.log(`  ok  ${module.relativeModuleId}`)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: string): void {
    // An error outside every test still proves something wrong: a rejected promise nobody awaited.
    for (const error of unhandled) this.fail('outside every test', [error])
    if (modules.length === 0) this.fail('vitest found no test file', [])
    if (reason === 'interrupted') this.fail('the run was interrupted', [])
  }

  private fail(name: string, errors: readonly SerializedError[]): void {
    this.tally = sum([this.tally, ONE_FAILED])
    console.log(`  FAILED  ${name}`)
    for (const error of errors) console.log(indent(describe(error)))
  }
}

function isQuick(layer: Layer): boolean {
  return layer.filesAtOnce === 'as many as cores'
}

function describe(error: SerializedError): string {
  const text = [`${error.name ?? 'Error'}: ${error.message}`]
  if (typeof error.diff === 'string') text.push(error.diff)
  const where = error.stacks?.[0]
  if (where !== undefined) text.push(`at ${where.file}:${where.line}:${where.column}`)
  return stripVTControlCharacters(text.join('\n'))
}
