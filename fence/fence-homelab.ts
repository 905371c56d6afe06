import { ParameterError } from '../lib/ocf/parameter.ts'
import type { Action } from './common-options.ts'
import { commonOptions, isAction } from './common-options.ts'
import type { Driver } from './driver.ts'
import { driverNames, isDriverName, loadAllDrivers, loadDriver } from './driver-registry.ts'
import type { GivenOptions } from './options.ts'
import { canonicalName, optionNames, optionReader } from './options.ts'
import { SwitchFailure } from './power-switch.ts'
import { createReport } from './report.ts'

type RunReport = ReturnType<typeof createReport>

/** Longest that an argument-less start waits for its options. */
const stdinLimitMs = 5000

/**
 * The fence agent: options from standard input when there are no arguments, else from the arguments.
 * The only place that touches argv, standard input and exit.
 *
 * Exit codes: 0 done and read back (status: on), 1 failed, 2 status: off.
 */
export async function run(baked: { readonly version: string }): Promise<void> {
  const report = createReport('fence_homelab')
  let code = 1
  try {
    code = await act(await readOptions(report, process.argv.slice(2)), baked.version, report)
  } catch (cause) {
    report.error(lineOf(cause))
  }
  process.exit(code)
}

async function readOptions(report: RunReport, args: readonly string[]): Promise<GivenOptions> {
  let given: GivenOptions
  if (args.length > 0) {
    const { parseArgvOptions } = await import('./argv-options.ts')
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

async function act(given: GivenOptions, version: string, report: RunReport): Promise<number> {
  const read = optionReader(given)
  if (read(commonOptions.version)) return say(report, `fence_homelab ${version}`)
  if (read(commonOptions.help)) {
    const { helpText } = await import('./manpage.ts')
    return sayLines(report, helpText(await loadAllDrivers()))
  }
  const action = requestedAction(given)
  if (action === 'metadata') {
    const { metadataXml } = await import('./metadata.ts')
    return sayLines(report, metadataXml(await loadAllDrivers()))
  }
  if (action === 'manpage') {
    const { manPage } = await import('./manpage.ts')
    return sayLines(report, manPage(await loadAllDrivers(), version))
  }
  if (read(commonOptions.quiet)) report.silence()
  if (read(commonOptions.verbose)) report.showDetails()
  const driver = await requestedDriver(given)
  const debugFile = read(commonOptions.debugFile)
  if (debugFile !== undefined) {
    const { appendTo } = await import('./debug-file.ts')
    report.showDetails(await appendTo(debugFile))
  }
  const { perform } = await import('./actions.ts')
  return perform({ action, driver, read, given, report })
}

/** The explicit action; the default that the metadata shows is for configuration tools alone. */
function requestedAction(given: GivenOptions): Action {
  const names = optionNames(commonOptions.action)
  const text = names.map(name => given.get(name)).find(value => value !== undefined && value !== '')
  if (text === undefined)
    throw new SwitchFailure('final', 'no action given, nothing done: set action (off, on, ...)')
  const word = text.trim().toLowerCase()
  const action = word === 'meta-data' ? 'metadata' : word.replaceAll('_', '-')
  if (!isAction(action))
    throw new SwitchFailure('final', 'unknown action, nothing done (expected off, on, reboot, ...)')
  return action
}

async function requestedDriver(given: GivenOptions): Promise<Driver> {
  const name = given.get(canonicalName('driver'))?.trim() ?? ''
  if (isDriverName(name)) return loadDriver(name)
  const problem = name === '' ? 'driver is not set' : 'unknown driver'
  throw new SwitchFailure('final', `${problem}, nothing done: set driver to one of ${driverNames.join(', ')}`)
}

function say(report: RunReport, line: string): number {
  report.result(line)
  return 0
}

function sayLines(report: RunReport, text: string): number {
  report.resultText(text)
  return 0
}

function lineOf(cause: unknown): string {
  if (cause instanceof ParameterError || cause instanceof SwitchFailure) return cause.message
  return cause instanceof Error ? cause.message : 'failed for an unknown reason'
}
