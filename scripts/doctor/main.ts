import { writeSync } from 'node:fs'
import { judge } from './catalogue.ts'
import { readArguments, usage } from './command-line.ts'
import type { Advice } from './observation.ts'
import { observe } from './observe.ts'
import { exitCode, exitStatus, jsonReport, type Report, textReport } from './report.ts'

/**
 * haha-doctor: looks at a cluster and says what will go wrong with it. The only place that touches arguments,
 * output and exit. The version and what the agents advise come with the bundle.
 */
export async function run(baked: { readonly version: string; readonly advice: Advice }): Promise<void> {
  const wish = readArguments(process.argv.slice(2))
  if (wish.kind === 'refused') {
    say(2, `haha-doctor: ${wish.reason}\n${usage}`)
    process.exit(exitStatus.usage)
  }
  if (wish.kind === 'help' || wish.kind === 'version') {
    say(1, wish.kind === 'help' ? usage : `haha-doctor ${baked.version}\n`)
    process.exit(exitStatus.fine)
  }
  const { observation, gaps } = await observe(baked.advice)
  const judged = judge(observation)
  const report: Report = {
    version: baked.version,
    node: observation.node,
    clusterSeen: observation.cib !== undefined || observation.status !== undefined,
    findings: judged.findings,
    gaps: [...gaps, ...judged.gaps],
  }
  say(1, wish.json ? jsonReport(report) : textReport(report))
  // A child that hangs on a dead filesystem is not waited for.
  process.exit(exitCode(report))
}

/** All of it, whatever a pipe takes at once; a reader that has gone needs nothing more. */
function say(descriptor: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) return
    }
  }
}
