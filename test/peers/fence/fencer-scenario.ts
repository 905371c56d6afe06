import { writeFileSync } from 'node:fs'
import { playTasmota } from '../players/tasmota.ts'
import { startFencer } from './fencer-lab.ts'

/** What the scenario saw; fencer.test.ts asserts on it. */
export type Seen = Record<string, { code: number; text: string; ms: number; state: string }>

/** Arguments: the bundle, a scratch directory, the file for the result. */
const [bundle = '', scratch = '', result = ''] = process.argv.slice(2)
const seen: Seen = {}
const lab = await startFencer(bundle, scratch)
const good = await playTasmota({ relays: 2, password: 'hunter22' })
const hung = await playTasmota()
hung.http.fault = { kind: 'hang', afterBytes: -1 }
const stuckOn = await playTasmota()
const other = await playTasmota()
const at = (player: typeof good) => ({ driver: 'tasmota', ip: '127.0.0.1', ipport: player.http.port })
const power = () =>
  [...good.outlets, ...hung.outlets, ...stuckOn.outlets, ...other.outlets]
    .map(({ on }) => (on ? '1' : '0'))
    .join('')
const step = async (name: string, ...args: readonly string[]) => {
  const { code, stdout, stderr, ms } = await lab.admin(...args)
  seen[name] = { code, text: stdout + stderr, ms, state: power() }
}

await step('metadata', '--metadata', '-a', 'fence_homelab')
await step('validate', '--validate', '-a', 'fence_homelab', '-o', 'driver=tasmota', '-o', 'ip=127.0.0.1')
await step('validate without ip', '--validate', '-a', 'fence_homelab', '-o', 'driver=tasmota')
await lab.register('good', 'fence_homelab', {
  ...at(good),
  password: 'hunter22',
  pcmk_host_map: 'node1:1;pair:1,2',
})
await step('list', '--list', 'node1')
await step('monitor', '-Q', 'good')
await step('off', '--fence', 'node1')
await step('on', '--unfence', 'node1')
await step('pair off', '--fence', 'pair')
await step('pair on', '--unfence', 'pair')
await step('reboot', '--reboot', 'node1', '--timeout', '30')

await lab.register('refuses-on', 'fence_homelab', { ...at(stuckOn), pcmk_host_map: 'node2:1' })
for (const outlet of stuckOn.outlets) outlet.refusesOn = true
await step('reboot without a way back', '--reboot', 'node2', '--timeout', '60')

await lab.register('hung', 'fence_homelab', { ...at(hung), pcmk_host_map: 'node3:1', power_timeout: 4 })
await lab.register('other', 'fence_homelab', { ...at(other), pcmk_host_map: 'node3:1' })
await step('level 1', '-r', 'node3', '-i', '1', '-v', 'hung')
await step('level 2', '-r', 'node3', '-i', '2', '-v', 'other')
await step('second level', '--fence', 'node3', '--timeout', '60')

const left = await playTasmota()
const right = await playTasmota()
await lab.register('left', 'fence_homelab', { ...at(left), pcmk_host_map: 'node4:1' })
await lab.register('right', 'fence_homelab', { ...at(right), pcmk_host_map: 'node4:1' })
await step('both in a level', '-r', 'node4', '-i', '1', '-v', 'left', '-v', 'right')
const order: string[] = []
left.switched = () => order.push(`left ${left.outlets[0]?.on === true ? 'on' : 'off'}`)
right.switched = () => order.push(`right ${right.outlets[0]?.on === true ? 'on' : 'off'}`)
await step('reboot of two supplies', '--reboot', 'node4', '--timeout', '60')
seen.order = { code: 0, text: order.join(', '), ms: 0, state: '' }

const flaky = await playTasmota()
await lab.register('flaky', 'fence_homelab', { ...at(flaky), pcmk_host_map: 'node5:1', power_timeout: 4 })
flaky.http.fault = { kind: 'drop' }
setTimeout(() => {
  flaky.http.fault = { kind: 'none' }
}, 4200)
await step('second try of the fencer', '--fence', 'node5', '--timeout', '30')

await lab.register('late', 'fence_homelab', {
  ...at(hung),
  pcmk_host_map: 'node6:1',
  power_timeout: 60,
  verbose: 1,
})
await step('killed at the deadline', '--fence', 'node6', '--timeout', '5')

seen.log = { code: 0, text: lab.log(), ms: 0, state: '' }
writeFileSync(result, JSON.stringify(seen))
process.exit(0)
