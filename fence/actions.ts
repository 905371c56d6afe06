import { Budget } from './budget.ts'
import type { Action } from './common-options.ts'
import { commonOptions } from './common-options.ts'
import { dependencyWarnings } from './dependencies.ts'
import type { Driver, DriverContext } from './driver.ts'
import { createHttpClient } from './http.ts'
import { checkIdentity } from './identity.ts'
import { monitor, outletLine } from './monitor.ts'
import type { GivenOptions, ReadOption } from './options.ts'
import { splitPlugs } from './plugs.ts'
import { SwitchFailure } from './power-switch.ts'
import type { Report } from './report.ts'
import { readPassword } from './secret-source.ts'
import type { PowerJob } from './sequence.ts'
import { persist, powerOff, powerOn, readState, reboot } from './sequence.ts'
import { readTlsTrust } from './tls-trust.ts'

/** monitor, status and list end within this; one hung monitor delays every fencing on its device. */
const readLimitMs = 9000

interface Task {
  readonly action: Action
  readonly driver: Driver
  readonly read: ReadOption
  readonly given: GivenOptions
  readonly report: Report
}

/** Does one action with a device. @returns the exit code @throws SwitchFailure or ParameterError, a line each */
export async function perform(task: Task): Promise<number> {
  const { action, driver, read, report } = task
  const plugText = read(commonOptions.plug)
  const plugs = plugText === undefined ? [] : splitPlugs(plugText, read(commonOptions.plugSeparator))
  const hosts = hostsOf(read)
  const switches = action === 'on' || action === 'off' || action === 'reboot'
  if ((switches || action === 'status') && plugs.length === 0)
    throw new SwitchFailure(
      'final',
      `${action} needs plug, nothing done: set plug, or pcmk_host_map="node:plug"`,
    )
  const settings = jobSettings(task)
  if (action === 'validate-all') return validate(task, hosts)
  if (action === 'off' || action === 'reboot') await delay(read(commonOptions.delay))
  const budget = new Budget(
    switches ? settings.limitMs : Math.min(settings.limitMs, readLimitMs),
    driver.patienceMs,
    settings.limits,
  )
  const context = await driverContext(task, hosts, budget)
  const fault = driver.problems?.({ read, password: context.password })[0]
  if (fault !== undefined) throw new SwitchFailure('final', fault)
  const device = driver.open(context)
  await persist(budget, () => checkIdentity(device, plugs, read(commonOptions.deviceId)))
  const job: PowerJob = { device, plugs, budget, report, ...settings }
  return switches ? switchPower(action, job, read) : look(action, job, read)
}

async function switchPower(
  action: 'on' | 'off' | 'reboot',
  job: PowerJob,
  read: ReadOption,
): Promise<number> {
  if (action === 'reboot') {
    await reboot(job)
    job.report.result('Success: Rebooted')
    return 0
  }
  const outcome = action === 'off' ? await powerOff(job) : await powerOn(job)
  if (action === 'on') await delay(read(commonOptions.powerWait))
  job.report.result(`Success: ${outcome === 'already' ? 'Already' : 'Powered'} ${action.toUpperCase()}`)
  return 0
}

async function look(action: Action, job: PowerJob, read: ReadOption): Promise<number> {
  const { device, budget, report } = job
  if (action === 'status') {
    const state = await readState(job)
    report.result(`Status: ${state.toUpperCase()}`)
    return state === 'on' ? 0 : 2
  }
  if (action === 'monitor') {
    report.result(await monitor({ ...job, strict: read(commonOptions.strict) }))
    return 0
  }
  const outlets = await persist(budget, () => device.outlets())
  for (const outlet of outlets) report.result(outletLine(outlet, action === 'list-status'))
  return 0
}

function jobSettings({ driver, read }: Task) {
  const powerTimeoutMs = read(commonOptions.powerTimeout)
  const requestMs = read(commonOptions.shellTimeout)
  return {
    // A tenth stays for the start of the interpreter and the last look, so that 20 s are 20 s.
    limitMs: powerTimeoutMs * 0.9,
    limits: { requestMs, connectMs: Math.min(requestMs, read(commonOptions.loginTimeout)) },
    statusSleepMs: read(commonOptions.statusSleep),
    darkMs: Math.max(driver.darkMs, read(commonOptions.powerWait)),
    powerCheck: read(commonOptions.powerCheck),
    standbyWatts: read(commonOptions.standbyWatts),
    timedOff: read(commonOptions.method) !== 'onoff',
  }
}

function hostsOf(read: ReadOption): readonly string[] {
  const text = read(commonOptions.ip)
  const hosts = (text ?? '')
    .split(',')
    .map(host => host.trim())
    .filter(host => host !== '')
  if (hosts.length === 0)
    throw new SwitchFailure('final', 'ip is not set, nothing done: set the address of the device')
  const odd = hosts.find(host => !/^[A-Za-z0-9._:%-]+$/.test(host))
  if (odd !== undefined)
    throw new SwitchFailure('final', 'ip is not an address or a host name (example: ip=192.0.2.10)')
  return hosts
}

async function driverContext(task: Task, hosts: readonly string[], budget: Budget): Promise<DriverContext> {
  const { driver, read, report } = task
  const password = await readPassword(read)
  if (password !== undefined) report.keepSecret(password)
  const trust = await readTlsTrust(read, driver.tls)
  if (trust?.kind === 'anybody')
    report.warning('ssl_insecure: whoever answers is believed; pin ssl_fingerprint')
  const port = read(commonOptions.ipport) ?? driver.port
  return {
    read,
    budget,
    report,
    password,
    hosts,
    port,
    http: (host, auth, more) => createHttpClient({ host, port, trust, auth, budget, report, ...more }),
  }
}

async function validate(task: Task, hosts: readonly string[]): Promise<number> {
  const { driver, read, report, given } = task
  for (const candidate of [...Object.values(commonOptions), ...driver.options]) {
    if (candidate.parameter.name !== 'action') read(candidate)
  }
  const password = await readPassword(read)
  await readTlsTrust(read, driver.tls)
  const fault = driver.problems?.({ read, password })[0]
  if (fault !== undefined) throw new SwitchFailure('final', fault)
  for (const name of ['disable_timeout', 'missing_as_off']) {
    if (given.has(name))
      report.warning(`${name} is ignored: no wait is unbounded, and what is missing is not off`)
  }
  for (const warning of dependencyWarnings(hosts, read(commonOptions.ipport) ?? driver.port))
    report.warning(warning)
  return 0
}

async function delay(ms: number): Promise<void> {
  if (ms > 0) await new Promise<void>(resolve => setTimeout(resolve, ms))
}
