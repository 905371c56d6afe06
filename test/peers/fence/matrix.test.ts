import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../players/tcp-player.ts'
import type { AgentRun } from './bundle.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'
import { inParallel } from './in-parallel.ts'
import type { Subject, SubjectKind } from './subjects.ts'
import { closeSubjects, kinds, password } from './subjects.ts'

/**
 * Every driver, every action, every fault: what the exit code says must have been true of the played
 * power, and the fault must lead where the table says.
 */
const full = process.env.HAHA_FULL === '1'
const everyAction = ['off', 'on', 'reboot', 'status', 'monitor'] as const
type Action = (typeof everyAction)[number]
const actions: readonly Action[] = full ? everyAction : ['off', 'reboot', 'monitor']

interface Scenario {
  readonly name: string
  /** Whether it can be played by this kind of device. */
  readonly for?: (kind: SubjectKind) => boolean
  readonly play: (subject: Subject) => void
  readonly more?: (subject: Subject) => Readonly<Record<string, string | number>>
  /** Actions that must succeed; the others must fail. */
  readonly passes: (kind: SubjectKind) => readonly Action[]
  /** It ends by the meter, which is asked twice, seconds apart, and not by running out of time. */
  readonly asksMeterTwice?: (kind: SubjectKind) => boolean
  /** Nothing may be switched by any action. */
  readonly untouched?: boolean
  /** A relative of another fault, played only when all counts are run. */
  readonly fullOnly?: boolean
}

const all = () => everyAction
const none = () => []
const http = (kind: SubjectKind) => kind.http
const wire = (
  name: string,
  fault: Fault,
  passes: () => readonly Action[] = none,
  only?: (kind: SubjectKind) => boolean,
): Scenario => ({
  name,
  play: subject => subject.fault(fault),
  passes,
  ...(only === undefined ? {} : { for: only }),
})

const scenarios: readonly Scenario[] = [
  { name: 'healthy', play: () => {}, passes: all },
  wire('refused', { kind: 'refuse' }),
  { ...wire('dropped', { kind: 'drop' }), fullOnly: true },
  wire('dropped once', { kind: 'drop', times: 1 }, all),
  wire('answer lost once', { kind: 'lost-answer', times: 1 }, all),
  wire('hung before obeying', { kind: 'hang', afterBytes: -1 }),
  ...[0, 1, 2, 4, 9, 15, 22, 30].map(byte => ({
    ...wire(`hung at byte ${byte}`, { kind: 'hang', afterBytes: byte }),
    fullOnly: true,
  })),
  // In the status line, in the header fields, in the body: shorter answers there are none.
  ...[38, 47, 56, 65, 74, 80].map(byte => ({
    ...wire(`hung at byte ${byte}`, { kind: 'hang', afterBytes: byte }, none, http),
    fullOnly: true,
  })),
  wire('hung in the body', { kind: 'hang', afterBytes: 85 }, none, http),
  { ...wire('slow', { kind: 'slow', ms: 150 }, all), fullOnly: true },
  wire('401', { kind: 'status', status: 401 }, none, http),
  { ...wire('403', { kind: 'status', status: 403 }, none, http), fullOnly: true },
  { ...wire('429', { kind: 'status', status: 429 }, none, http), fullOnly: true },
  { ...wire('429 once', { kind: 'status', status: 429, times: 1 }, all, http), fullOnly: true },
  { ...wire('500', { kind: 'status', status: 500 }, none, http), fullOnly: true },
  wire('500 once', { kind: 'status', status: 500, times: 1 }, all, http),
  { ...wire('503', { kind: 'status', status: 503 }, none, http), fullOnly: true },
  { ...wire('half an answer', { kind: 'half' }), fullOnly: true },
  { ...wire('other JSON', { kind: 'instead', body: '{"unexpected":true}' }), fullOnly: true },
  { ...wire('null', { kind: 'instead', body: 'null' }), fullOnly: true },
  wire('the bare word OFF', { kind: 'instead', body: 'OFF' }),
  { ...wire('a login page', { kind: 'instead', body: '<html><title>Login</title></html>' }), fullOnly: true },
  { name: 'relay stuck on', play: subject => subject.stuck(), passes: () => ['on', 'status', 'monitor'] },
  {
    name: 'lying relay: OFF, but it feeds',
    play: subject => subject.lying(),
    passes: kind => (kind.seesLies ? ['on', 'status', 'monitor'] : everyAction),
    // A port that says itself that it delivers is no matter of a meter.
    asksMeterTwice: kind => kind.driver !== 'poe',
  },
  {
    name: 'relay refuses on',
    play: subject => subject.refuseOn(),
    passes: () => ['on', 'off', 'reboot', 'status', 'monitor'],
  },
  {
    name: 'off already, refuses on',
    play: subject => {
      subject.startOff()
      subject.refuseOn()
    },
    passes: () => ['off', 'reboot', 'status', 'monitor'],
  },
  { name: 'off already', play: subject => subject.startOff(), passes: all },
  {
    name: 'pinned identity',
    play: () => {},
    more: ({ deviceId }) => ({ device_id: deviceId }),
    passes: all,
  },
  {
    name: 'another identity',
    play: subject => subject.moveIdentity(),
    more: ({ deviceId }) => ({ device_id: deviceId }),
    passes: none,
    untouched: true,
  },
  { name: 'device restarts after switching', play: subject => subject.rebootOnSwitch(1200), passes: all },
  {
    name: 'wrong password',
    for: kind => kind.login,
    play: () => {},
    more: () => ({ password: 'wr0ng-Pa55word', community: 'wrong-community' }),
    passes: none,
    untouched: true,
  },
]

/** For what ends by itself: a meter is asked twice, seconds apart, and the machine may be busy. */
const patient = { power_timeout: 20 }
const quick = { power_timeout: 6, shell_timeout: 1, login_timeout: 1, stonith_status_sleep: 0.3 }
let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>
const rows: string[] = []
let cells = 0

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
})

afterAll(async () => {
  bundle?.remove()
  await closeSubjects()
  const head = ['driver', 'fault', ...actions].join(' | ')
  process.stdout.write(`${head}\n${rows.join('\n')}\n${cells} cells: driver x action x fault\n`)
})

/** Of one driver: five drivers wait beside each other, and a run that is starved of the processor proves nothing. */
const cellsAtOnce = 4

test.concurrent.each(kinds)(
  '$driver: no exit code says more than was read back, whatever the fault',
  async kind => {
    const wanted = scenarios.filter(scenario => full || scenario.fullOnly !== true)
    const played = wanted.filter(scenario => scenario.for?.(kind) ?? true)
    const runs = played.flatMap(scenario => actions.map(action => ({ scenario, action })))
    const results = await inParallel(runs, cellsAtOnce, async ({ scenario, action }) => ({
      scenario,
      action,
      ...(await runCell(kind, scenario, action)),
    }))
    for (const scenario of played) {
      const own = results.filter(result => result.scenario === scenario)
      rows.push(
        [
          kind.driver,
          scenario.name,
          ...own.map(({ run }) => `${run.code} ${(run.ms / 1000).toFixed(1)}s`),
        ].join(' | '),
      )
    }
    cells += results.length
    expect(results.flatMap(({ complaints }) => complaints)).toEqual([])
  },
  full ? 400_000 : 170_000,
)

async function runCell(kind: SubjectKind, scenario: Scenario, action: Action) {
  const subject = await kind.make()
  try {
    scenario.play(subject)
    const endsByItself = scenario.passes === all || scenario.asksMeterTwice?.(kind) === true
    const patience = endsByItself ? patient : {}
    const options = { ...subject.options, ...quick, ...patience, ...scenario.more?.(subject), action }
    const before = subject.truth()
    const run = await runAgent(bundle.path, options)
    const found = complaints(kind, scenario, action, run, before, subject.truth(), options.power_timeout)
    return {
      run,
      complaints: found.map(
        text => `${kind.driver}, ${scenario.name}, ${action}: ${text}: ${run.stderr.trim()}`,
      ),
    }
  } finally {
    await subject.close()
  }
}

function complaints(
  kind: SubjectKind,
  scenario: Scenario,
  action: Action,
  run: AgentRun,
  before: ReturnType<Subject['truth']>,
  after: ReturnType<Subject['truth']>,
  powerTimeout: number,
): readonly string[] {
  const found: string[] = []
  const blind = scenario.name.startsWith('lying') && !kind.seesLies
  const done = run.code === 0 || (action === 'status' && run.code === 2)
  if (done !== scenario.passes(kind).includes(action)) found.push(`exit ${run.code} was not expected`)
  if (run.code !== 0 && run.code !== 1 && !(action === 'status' && run.code === 2))
    found.push(`odd exit code ${run.code}`)
  if (run.code === 0 && (action === 'off' || action === 'reboot') && !blind) {
    if (before.flows && after.cuts === 0) found.push('success, and the power was never cut')
    if (after.offReadBack === 0) found.push('success without an OFF read back')
  }
  if (run.code === 0 && action === 'off' && after.flows && !blind) found.push('success, and the power flows')
  if (run.code === 0 && action === 'on' && !after.flows) found.push('success, and no power flows')
  if (action === 'status' && done && (run.code === 0) !== after.flows && !blind)
    found.push('status is not the truth')
  if ((action === 'status' || action === 'monitor') && after.cuts !== before.cuts) found.push('it switched')
  if (scenario.untouched === true && after.cuts > 0)
    found.push('a device that must not be touched was switched')
  if (run.code === 1 && run.stderr.trim().split('\n').length > 2)
    found.push('more than a line about the failure')
  if (run.code === 1 && !/^fence_homelab: .{10,185}$/m.test(run.stderr))
    found.push('no line, or a long one, about the failure')
  const secrets = [password, encodeURIComponent(password), 'wr0ng-Pa55word', 'wrong-community']
  if (secrets.some(secret => (run.stdout + run.stderr).includes(secret))) found.push('a secret was written')
  const limitMs = action === 'reboot' ? 20_000 : (powerTimeout + 3) * 1000
  if (run.ms > limitMs) found.push(`${Math.round(run.ms)} ms`)
  return found
}
