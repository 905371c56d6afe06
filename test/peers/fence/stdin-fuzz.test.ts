import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TasmotaPlayer } from '../players/tasmota.ts'
import { playTasmota } from '../players/tasmota.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'
import { inParallel } from './in-parallel.ts'

const runs = process.env.HAHA_FULL === '1' ? 2000 : 120
const secret = 'Zx9-pl4yed-secret'
let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>
let player: TasmotaPlayer

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
  player = await playTasmota({ password: secret })
})
afterAll(async () => {
  bundle?.remove()
  await player?.http.close()
})

/** A generator of numbers that a failure can be repeated with. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2_654_435_761 + 1
  return sides => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) | 0
    return (state >>> 0) % sides
  }
}

interface Input {
  readonly text: Buffer
  /** Whether it holds, beyond doubt, an explicit off or reboot and everything that it needs. */
  readonly mayCut: boolean
}

/** Input around a device that works: lines of all kinds in any order, some of them left out or broken. */
function inputOf(seed: number): Input {
  const roll = dice(seed)
  const pick = <T>(...choices: readonly [T, ...T[]]): T => choices[roll(choices.length)] ?? choices[0]
  const action = pick(
    undefined,
    undefined,
    '',
    'off',
    'off',
    'reboot',
    'OFF',
    'of',
    'status',
    'monitor',
    'on',
    'off\0',
    'list',
    'o f f',
  )
  const plug = pick(
    undefined,
    '',
    '1',
    '1',
    '1,1',
    '2',
    '1,',
    'node1',
    '\0',
    '-1',
    '1e0',
    '٣',
    "'",
    '9'.repeat(500),
  )
  const driver = pick(
    'tasmota',
    'tasmota',
    'tasmota',
    undefined,
    '',
    'Tasmota',
    '../tasmota',
    '__proto__',
    'constructor',
  )
  const quote = pick('', '', '"', "'", '""')
  const space = pick('', ' ', '\t', '   ')
  const line = (key: string, value: string | undefined) =>
    value === undefined ? [] : [`${space}${key}${space}=${space}${quote}${value}${quote}${space}`]
  const noise = [
    'ACTION=off',
    'Action=reboot',
    '#action=off',
    'unknown=value',
    'nodename=node1',
    'pcmk_host_map=node1:1',
    'action',
    '=off',
    '=',
    '====',
    secret,
    `pasword=${secret}`,
    `password2=${secret}`,
    `power_timeout=${pick('3', 'x', '-1', '1e9', '')}`,
    `strict=${pick('1', 'maybe', '')}`,
    `delay=${pick('0', 'soon', '-5')}`,
    '\0\0\0',
    `x=${'y'.repeat(pick(10, 5000, 400_000))}`,
    '\ufeff',
    '"',
    String.fromCharCode(roll(0x800)),
    'ssl=0',
    'verbose=1',
  ]
  const lines = [
    ...line(pick('action', 'action', 'option'), action),
    ...line(pick('plug', 'port'), plug),
    ...line('driver', driver),
    ...line('ip', '127.0.0.1'),
    ...line('ipport', String(player.http.port)),
    ...line('password', secret),
    'power_timeout=3',
    ...Array.from({ length: roll(8) }, () => noise[roll(noise.length)] ?? ''),
  ]
  for (let at = lines.length - 1; at > 0; at -= 1) {
    const other = roll(at + 1)
    const [a = '', b = ''] = [lines[at], lines[other]]
    lines[at] = b
    lines[other] = a
  }
  const text = lines.join(pick('\n', '\n', '\r\n')) + pick('\n', '')
  const cuts = action !== undefined && /^(off|reboot)$/i.test(action)
  return { text: Buffer.from(text), mayCut: cuts && (plug === '1' || plug === '1,1') && driver === 'tasmota' }
}

test(`${runs} inputs: no crash, no cut without an explicit action and plug, no secret in any output`, async () => {
  const seeds = Array.from({ length: runs }, (_, index) => index + 1)
  let cut = 0
  const faults = await inParallel(seeds, 1, async seed => {
    const { text, mayCut } = inputOf(seed)
    const outlet = player.outlets[0]
    outlet?.set(true)
    const before = outlet?.cuts ?? 0
    const { code, stdout, stderr } = await runAgent(bundle.path, text)
    const wasCut = (outlet?.cuts ?? 0) > before
    cut += wasCut ? 1 : 0
    const found: string[] = []
    if (code !== 0 && code !== 1 && code !== 2) found.push(`exit code ${code}`)
    if (wasCut && !mayCut) found.push('the power was cut')
    if ((stdout + stderr).includes(secret)) found.push('the secret was written')
    if (/\bat .*:\d+:\d+|Error:|undefined/.test(stderr)) found.push(`not a line for an operator: ${stderr}`)
    if (code === 1 && stderr === '') found.push('failed without a word')
    return found.map(text => `seed ${seed}: ${text}`)
  })
  expect(faults.flat()).toEqual([])
  // Were nothing ever cut, the input would not come near what it is meant to try.
  expect(cut).toBeGreaterThan(runs / 100)
}, 600_000)

test.each([
  ['nothing at all', '', 'no action given'],
  ['a device without an action', 'driver=tasmota\nip=127.0.0.1\nplug=1\n', 'no action given'],
  ['an action of another kind', 'action=explode\ndriver=tasmota\n', 'unknown action'],
  ['no driver', 'action=off\nip=127.0.0.1\nplug=1\n', 'driver is not set'],
  ['an unknown driver', 'action=off\ndriver=toaster\nip=127.0.0.1\nplug=1\n', 'unknown driver'],
  ['no address', 'action=off\ndriver=tasmota\nplug=1\n', 'ip is not set'],
  ['no plug', 'action=off\ndriver=tasmota\nip=127.0.0.1\n', 'off needs plug'],
  [
    'a port that is none',
    'action=off\ndriver=tasmota\nip=127.0.0.1\nplug=1\nipport=http\n',
    "ipport: 'http' is not",
  ],
  ['two megabytes', `x=${'y'.repeat(2_000_000)}\n`, 'more than 1 MiB'],
])('%s: one line, exit 1, nothing sent', async (_, text, expected) => {
  const sent = player.http.requests.length
  const { code, stdout, stderr } = await runAgent(bundle.path, text)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(expected)])
  expect(player.http.requests).toHaveLength(sent)
})

test('a name for the device, and a cluster service as the device, are warned about in validate-all', async () => {
  for (const [ip, port] of [
    ['plug.home.lan', 80],
    ['plug.local', 80],
    ['homeassistant', 80],
    ['192.0.2.1', 8123],
    ['192.0.2.1', 1883],
  ] as const) {
    const { code, stderr } = await runAgent(bundle.path, {
      action: 'validate-all',
      driver: 'tasmota',
      ip,
      ipport: port,
      plug: 'node1',
      nodename: 'node1',
    })
    expect({ ip, code, warned: stderr.includes('warning') }).toEqual({ ip, code: 0, warned: true })
  }
  const { code, stderr } = await runAgent(bundle.path, {
    action: 'validate-all',
    driver: 'tasmota',
    ip: '192.0.2.1',
    plug: 'node1',
    nodename: 'node1',
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
