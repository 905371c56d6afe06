import type { GivenOptions } from './options.ts'
import type { RunReport } from './report.ts'
import { createReport } from './report.ts'

/** Longest that an argument-less start waits for its options. */
const stdinLimitMs = 5000

/**
 * The fence agent: options from standard input when there are no arguments, else from the arguments.
 * The only place that touches argv, standard input and exit. The metadata comes with the bundle, so that
 * configuration tools do not pay for the evaluation of all drivers.
 *
 * Exit codes: 0 done and read back (status: on), 1 failed, 2 status: off.
 */
export async function run(baked: { readonly version: string; readonly metadataXml: string }): Promise<void> {
  const report = createReport('fence_homelab')
  let code = 1
  try {
    const given = await readOptions(report, process.argv.slice(2))
    if (wantsMetadata(given)) {
      report.resultText(baked.metadataXml)
      code = 0
    } else {
      const { act } = await import('./agent.ts')
      code = await act(given, baked.version, report)
    }
  } catch (cause) {
    report.error(cause instanceof Error ? cause.message : 'failed for an unknown reason')
  }
  process.exit(code)
}

function wantsMetadata(given: GivenOptions): boolean {
  const action = given.get('action') || given.get('option') || ''
  return /^meta[-_]?data$/i.test(action.trim())
}

async function readOptions(report: RunReport, args: readonly string[]): Promise<GivenOptions> {
  let given: GivenOptions
  if (args.length > 0) {
    const { parseArgvOptions } = await import('./argv-options.ts')
    const { commonOptions } = await import('./common-options.ts')
    const { loadAllDrivers } = await import('./driver-registry.ts')
    const drivers = await loadAllDrivers()
    given = parseArgvOptions(args, [
      ...Object.values(commonOptions),
      ...drivers.flatMap(driver => driver.options),
    ])
    if (given.has(commonOptions.password.parameter.name))
      report.warning(
        'a password on the command line can be seen by everybody: use password_file or standard input',
      )
  } else {
    const { parseStdinOptions, readStdin } = await import('./stdin-options.ts')
    given = parseStdinOptions(await readStdin(stdinLimitMs)).given
  }
  for (const [name, value] of given) if (/pass|community|secret|token/.test(name)) report.keepSecret(value)
  return given
}
