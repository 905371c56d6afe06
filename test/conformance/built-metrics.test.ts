import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { metricsFolder } from '../../lib/metrics/textfile.ts'
import { stateFolder } from '../../lib/ocf/state-file.ts'
import { root } from '../../scripts/bundle.ts'
import { type ActionRun, runAction } from '../executor.ts'
import { type HangingUpDevice, startHangingUpDevice } from './hanging-up-device.ts'
import { judged, nodeWithMetrics } from './node-with-metrics.ts'

const built = join(root, 'dist/ocf/haha')
const instance = `built-metrics-${process.pid}`
let folder = ''
let device: HangingUpDevice

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haha-built-metrics-'))
  device = await startHangingUpDevice()
})
afterAll(() => {
  device?.close()
  rmSync(folder, { recursive: true, force: true })
  for (const place of [stateFolder, metricsFolder])
    for (const name of existsSync(place) ? readdirSync(place) : [])
      if (name.includes(instance)) rmSync(join(place, name), { force: true })
})

/** The agent of this build on a node that asks for metrics. */
function onNode(name: string) {
  const { directory, agent } = nodeWithMetrics(join(folder, name), join(built, name))
  const file = join(directory, `haha_${name}_${instance}.prom`)
  const text = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  return {
    text,
    act: (action: string, more: Partial<ActionRun> = {}) =>
      runAction(agent, { action, instance, timeoutMs: 20_000, ...more }),
    says: (line: RegExp) => expect.poll(text, { timeout: 30_000 }).toMatch(line),
  }
}

test.each(readdirSync(built))('%s, as it is installed, finds what writes its metrics', async name => {
  const { act, text, says } = onNode(name)
  const { code, stderr } = await act('monitor')
  expect({ code, stderr }).toEqual({ code: 7, stderr: '' })
  await says(/^haha_resource_active\{.*\} 0$/m)
  expect(await judged(text())).toBe('')
})

test('network-peripheral tells its peripheral, while it is watched', async () => {
  const { act, text, says } = onNode('network-peripheral')
  const parameters = { name: 'coordinator', targets: device.target }
  expect((await act('start', { parameters })).code).toBe(0)
  expect((await act('monitor', { parameters, intervalMs: 15_000 })).code).toBe(0)
  await says(/^haha_peripheral_answers\{.*peripheral="coordinator"\} 1$/m)
  expect(await judged(text())).toBe('')
  expect((await act('stop', { parameters })).code).toBe(0)
  await says(/^haha_resource_active\{.*\} 0$/m)
  expect(text()).not.toContain('haha_peripheral')
})

test('the real node_exporter takes the files of several resources together', async () => {
  const together = join(folder, 'together')
  const one = nodeWithMetrics(join(folder, 'one'), join(built, 'ollama-gpu'), { value: together })
  const other = nodeWithMetrics(join(folder, 'other'), join(built, 'compose-stack'), { value: together })
  mkdirSync(together)
  for (const { agent } of [one, other])
    expect((await runAction(agent, { action: 'monitor', instance, timeoutMs: 20_000 })).code).toBe(7)
  await expect.poll(() => readdirSync(together).length, { timeout: 30_000 }).toBe(2)
  const text = await scraped(together)
  expect(text).toMatch(/^node_textfile_scrape_error 0$/m)
  expect(text.match(/^haha_resource_active\{.*\} 0$/gm)).toHaveLength(2)
})

/** What node_exporter makes of a folder. */
async function scraped(directory: string): Promise<string> {
  const port = await freePort()
  const exporter = execa(
    'prometheus-node-exporter',
    [
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${directory}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { reject: false, all: true },
  )
  try {
    const url = `http://127.0.0.1:${port}/metrics`
    const answer = () => fetch(url).then(reply => reply.text(), String)
    await expect.poll(answer, { timeout: 30_000 }).toContain('node_textfile_scrape_error')
    return await answer()
  } finally {
    exporter.kill('SIGKILL')
    await exporter
  }
}

/** A port that nobody has at this moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<unknown>(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
