import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { judged } from './node-with-metrics.ts'
import { PlayedDrillCluster } from './played-drill-cluster.ts'

const MOVE = '--move --resource g_house --node n2 --lifetime PT1H'
const CLEAR = '--clear --resource g_house'
const AWAY_MS = 1_500
const FULL = process.env.HAHA_FULL === '1'

const FAILURE =
  '<failure op_key="p_stack_monitor_20000" node="n1" exitstatus="error" exitreason="app is dead"/>'

let cluster: PlayedDrillCluster

beforeEach(async () => {
  cluster = new PlayedDrillCluster()
  await cluster.open()
})
afterEach(() => cluster.dispose())

test('a move is planned, made, measured and cleared, and leaves record, page and metrics', async () => {
  const files = ['--json', join(cluster.folder, 'drill.json'), '--html', join(cluster.folder, 'drill.html')]
  const { end } = cluster.start(['--yes', ...files, '--metrics', cluster.folder, 'move'])
  await cluster.untilAsked('--move')
  cluster.show({ place: '' })
  await cluster.close()
  await pause(AWAY_MS)
  await cluster.open()
  cluster.show({ place: 'n2' })
  const { code, output } = await end
  expect(output).toMatch(/does +on n2: crm_resource --move --resource g_house --node n2/)
  expect(output).toMatch(/undoes +crm_resource --clear --resource g_house/)
  expect(output).toMatch(/g_house begins on n2 +crm_mon/)
  expect(output).toMatch(/^every service answered again$/m)
  expect(code, output).toBe(0)
  expect(cluster.asked()).toEqual([MOVE, CLEAR])
  const record: unknown = JSON.parse(readFileSync(join(cluster.folder, 'drill.json'), 'utf8'))
  expect(record).toMatchObject({ ok: true, node: 'n1', outages: [{ service: 'app' }], failures: [] })
  // Those of `--services`: http://, mqtt://127.0.0.1 and dns://, which went on answering.
  expect(record).toMatchObject({
    services: [{ name: 'app' }, { url: expect.stringMatching('^mqtt://127.0.0.1') }, { name: 'dns' }],
  })
  expect(readFileSync(join(cluster.folder, 'drill.html'), 'utf8')).toContain('class="away"')
  const metrics = readFileSync(join(cluster.folder, 'haha_drill.prom'), 'utf8')
  expect(metrics).toMatch(/^haha_drill_success\{kind="move",resource="g_house"\} 1$/m)
  expect(await judged(metrics)).toBe('')
})

test('at a terminal it asks: a no and Ctrl-C do nothing, a yes does it', async () => {
  const no = await cluster.start(['move'], 'n\n').end
  expect(no.output).toMatch(/Do it on n1 now\? \[y\/N\]/)
  expect(no.output).toContain('refused: not confirmed')
  const interrupted = await cluster.start(['move'], '\u0003').end
  expect([no.code, interrupted.code]).toEqual([3, 130])
  expect(cluster.asked()).toEqual([])
  const { child, end } = cluster.start(['move'], 'y\n')
  await cluster.untilAsked('--move')
  child.stdin?.write('\u0003')
  expect((await end).code).toBe(130)
  expect(cluster.asked()).toEqual([MOVE, CLEAR])
})

test('kill-app kills the main process of the container, and ends when the service answers again', async () => {
  const victim = spawn('sleep', ['300'], { stdio: 'ignore' })
  try {
    const died = once(victim, 'exit')
    cluster.playContainer(victim.pid ?? 0)
    const { end } = cluster.start(['--yes', 'kill-app'])
    await died
    await cluster.close()
    cluster.show({ failures: FAILURE, stack: 'failed="true"' })
    await pause(AWAY_MS)
    await cluster.open()
    cluster.show({ failures: FAILURE })
    const { code, output } = await end
    expect(output).toContain('the main process of service app (container 0123456789ab) on n1 is killed')
    expect(output).toMatch(/p_stack_monitor_20000 failed on n1: app is dead +crm_mon/)
    expect(output).toMatch(/this drill +\d\.\d s/)
    expect(code, output).toBe(0)
  } finally {
    victim.kill('SIGKILL')
  }
})

test.each([
  ['SIGTERM', 143, ['move'], [MOVE, CLEAR]],
  ['SIGINT', 130, ['move', 'p_export'], [MOVE, CLEAR].map(line => line.replace('g_house', 'g_share'))],
] as const)('%s in the middle of a move clears its constraint', async (signal, exitCode, words, asked) => {
  if (exitCode === 130) cluster.showExport()
  const { child, end } = cluster.start(['--yes', ...words])
  await cluster.untilAsked('--move')
  child.kill(signal)
  const { code, output } = await end
  expect(output).toContain('undone')
  expect(code, output).toBe(exitCode)
  expect(cluster.asked()).toEqual(asked)
})

test("Pacemaker's own tools understand it: the scheduler names the heir, the constraint is made and cleared", async () => {
  cluster.useInstalledTools()
  const { child, end } = cluster.start(['--yes', 'move'])
  const constraint = /<rsc_location id="cli-prefer-g_house"[\s\S]*value="n2"[\s\S]*<date_expression/
  await cluster.untilAsked('--move')
  const patience = Date.now() + 20_000
  while (!constraint.test(readFileSync(cluster.cib, 'utf8')) && Date.now() < patience) await pause(20)
  expect(readFileSync(cluster.cib, 'utf8')).toMatch(constraint)
  child.kill('SIGTERM')
  const { code, output } = await end
  expect(output).toMatch(/what +g_house \(p_vip, p_stack\), now on n1/)
  expect(output).toMatch(/expects +g_house stops on n1 and starts on n2/)
  expect(code, output).toBe(143)
  expect(readFileSync(cluster.cib, 'utf8')).not.toContain('cli-prefer')
})

test('a move that the cluster does not take is a failure, and cleared all the same', async () => {
  cluster.moveAnswers(6)
  const { code, output } = await cluster.start(['--yes', 'move']).end
  expect(output).toContain('the answer is 6')
  expect(code, output).toBe(1)
  expect(cluster.asked()).toEqual([MOVE, CLEAR])
})

if (FULL)
  test('a service that does not come back within the limit is a failure, and the constraint is cleared', async () => {
    const { end } = cluster.start(['--yes', '--limit', '10', 'move'])
    await cluster.untilAsked('--move')
    await cluster.close()
    cluster.show({ place: 'n2' })
    const { code, output } = await end
    expect(output).toMatch(/the drill FAILED: .*app did not answer again/)
    expect(code, output).toBe(1)
    expect(cluster.asked()).toEqual([MOVE, CLEAR])
  })

test('nothing is done without a terminal to ask at, in a troubled cluster, or when a service is silent before', async () => {
  const unasked = await cluster.start(['move']).end
  expect(unasked.output).toContain('no terminal to ask at')
  cluster.show({ n2: 'online="false"', stack: 'failed="true"' })
  const troubled = await cluster.start(['--yes', 'move']).end
  expect(troubled.output).toMatch(/refused: node n2 is offline/)
  expect(troubled.output).toMatch(/refused: resource p_stack is failed/)
  cluster.show({})
  await cluster.close()
  const silent = await cluster.start(['--yes', 'move']).end
  expect(silent.output).toMatch(/no steady answer from app/)
  expect([unasked.code, troubled.code, silent.code]).toEqual([3, 3, 3])
  expect(cluster.asked()).toEqual([])
})
