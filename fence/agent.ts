import type { Action } from './common-options.ts'
import { commonOptions, isAction } from './common-options.ts'
import type { Driver } from './driver.ts'
import { driverNames, isDriverName, loadAllDrivers, loadDriver } from './driver-registry.ts'
import type { GivenOptions } from './options.ts'
import { canonicalName, optionNames, optionReader } from './options.ts'
import { SwitchFailure } from './power-switch.ts'
import type { RunReport } from './report.ts'

/**
 * Does what the options ask for, metadata excepted, which is answered before any of this is evaluated.
 * @returns the exit code @throws Error with a line for the operator
 */
export async function act(given: GivenOptions, version: string, report: RunReport): Promise<number> {
  const read = optionReader(given)
  if (read(commonOptions.version)) return say(report, `fence_homelab ${version}`)
  if (read(commonOptions.help)) {
    const { helpText } = await import('./manpage.ts')
    return sayLines(report, helpText(await loadAllDrivers()))
  }
  const action = requestedAction(given)
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
  const action = word.replaceAll('_', '-')
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
