import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../../scripts/bundle.ts'
import { bundleFenceHomelab } from './bundle.ts'
import type { Seen } from './fencer-scenario.ts'

/** The whole scenario runs once, in namespaces that take everything with them; each test reads a part. */
const scratch = mkdtempSync(join(tmpdir(), 'fencer-'))
let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>
let seen: ReadonlyMap<string, { code: number; text: string; ms: number; state: string }>

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
  const result = join(scratch, 'seen.json')
  const scenario = join(root, 'test/peers/fence/fencer-scenario.ts')
  const namespaces = ['--net', '--mount', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc']
  const args = [...namespaces, process.execPath, scenario, bundle.path, scratch, result]
  const child = spawn('unshare', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString('utf8')
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 170_000)
  const code = await new Promise(resolve => child.on('close', resolve))
  clearTimeout(timer)
  if (code !== 0) throw new Error(`the fencer's scenario ended with ${code}: ${stderr.slice(-2000)}`)
  const parsed: Seen = JSON.parse(readFileSync(result, 'utf8'))
  seen = new Map(Object.entries(parsed))
}, 180_000)

afterAll(() => {
  bundle?.remove()
  rmSync(scratch, { recursive: true, force: true })
})

function step(name: string) {
  const found = seen.get(name)
  if (found === undefined) throw new Error(`the scenario has no step '${name}'`)
  return found
}

test('stonith_admin shows the metadata', () => {
  expect(step('metadata')).toMatchObject({ code: 0, text: expect.stringContaining('name="fence_homelab"') })
})

test('stonith_admin validates without a host map, and refuses a device without an address', () => {
  expect(step('validate').code).toBe(0)
  expect(step('validate without ip').code).not.toBe(0)
})

test.each(['crm', 'pcs'])('%s describes the agent to an operator', tool => {
  expect(step(tool)).toMatchObject({
    code: 0,
    text: expect.stringMatching(/driver[\s\S]*plug[\s\S]*power_check/),
  })
})

test('a guest on a dark host: the plug of the host is reached within 20 s', () => {
  expect(step('dark host').code).toBe(0)
  expect(step('darkHost').text).toBe('false')
  expect(step('dark host').ms).toBeLessThan(20_000)
})

test('fence_ipmilan and fence_homelab in one topology: the plug is for when the controller is dark', () => {
  expect(step('by controller').code).toBe(0)
  expect(step('byController').text).toBe('false true')
  expect(step('by plug').code).toBe(0)
  expect(step('byPlug').text).toBe('false false')
})

test('the fencer finds the device for its node, and its monitor passes', () => {
  expect(step('list').text).toContain('good')
  expect(step('monitor').code).toBe(0)
})

test('--fence takes the power of the one outlet, --unfence gives it back', () => {
  expect(step('off')).toMatchObject({ code: 0, state: '01111' })
  expect(step('off').ms).toBeLessThan(2000)
  expect(step('on')).toMatchObject({ code: 0, state: '11111' })
})

test('a node with two power supplies loses and gets both', () => {
  expect(step('pair off')).toMatchObject({ code: 0, state: '00111' })
  expect(step('pair on')).toMatchObject({ code: 0, state: '11111' })
})

test('--reboot succeeds, and also where the relay obeys no on after its confirmed off', () => {
  expect(step('reboot')).toMatchObject({ code: 0, state: '11111' })
  expect(step('reboot without a way back').code).toBe(0)
  expect(step('without a way back').text).toBe('false')
  expect(step('reboot without a way back').ms).toBeLessThan(20_000)
})

test('a hung device gives way to the second level', () => {
  expect(step('second level').code).toBe(0)
  expect(step('other').text).toBe('false')
})

test('two devices in one level: both off before either is on', () => {
  expect(step('reboot of two supplies').code).toBe(0)
  expect(step('order').text).toBe('left off, right off, left on, right on')
})

test('the second try of the fencer finds a device that came back', () => {
  expect(step('second try of the fencer').code).toBe(0)
})

test('an agent that is killed at the deadline is a failure, not a success', () => {
  expect(step('killed at the deadline').code).not.toBe(0)
})

test('no secret reaches the log of the fencer', () => {
  expect(step('log').text.length).toBeGreaterThan(1000)
  expect(step('log').text).not.toContain('hunter22')
})
