import { writeFileSync } from 'node:fs'
import { playIpmi } from '../players/ipmi.ts'
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

const tool = async (name: string, command: string, ...args: readonly string[]) => {
  const { code, stdout, stderr, ms } = await lab.run(command, ...args)
  seen[name] = { code, text: stdout + stderr, ms, state: power() }
}

await tool('crm', '/usr/sbin/crm', 'ra', 'info', 'stonith:fence_homelab')
await tool('pcs', '/usr/sbin/pcs', 'stonith', 'describe', 'fence_homelab')
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

/** What follows is about one node each, and mostly waiting: all of it happens at the same time. */
const note = (name: string, text: string) => {
  seen[name] = { code: 0, text, ms: 0, state: '' }
}

const withoutWayBack = async () => {
  await lab.register('refuses-on', 'fence_homelab', { ...at(stuckOn), pcmk_host_map: 'node2:1' })
  for (const outlet of stuckOn.outlets) outlet.refusesOn = true
  await step('reboot without a way back', '--reboot', 'node2', '--timeout', '60')
  note('without a way back', String(stuckOn.outlets[0]?.on))
}

const hungFirst = async () => {
  await lab.register('hung', 'fence_homelab', { ...at(hung), pcmk_host_map: 'node3:1', power_timeout: 4 })
  await lab.register('other', 'fence_homelab', { ...at(other), pcmk_host_map: 'node3:1' })
  await step('level 1', '-r', 'node3', '-i', '1', '-v', 'hung')
  await step('level 2', '-r', 'node3', '-i', '2', '-v', 'other')
  await step('second level', '--fence', 'node3', '--timeout', '60')
  note('other', String(other.outlets[0]?.on))
}

const darkHost = async () => {
  const host = await playTasmota()
  host.http.fault = { kind: 'hang', afterBytes: -1 }
  const plugOfHost = await playTasmota()
  await lab.register('guest', 'fence_homelab', {
    driver: 'proxmox',
    ip: '127.0.0.1',
    ipport: host.http.port,
    ssl: 0,
    username: 'fence@pve!ha',
    password: 'played-token-secret',
    pcmk_host_map: 'node7:100',
  })
  await lab.register('plug-of-host', 'fence_homelab', { ...at(plugOfHost), pcmk_host_map: 'node7:1' })
  await step('guest first', '-r', 'node7', '-i', '1', '-v', 'guest')
  await step('its host second', '-r', 'node7', '-i', '2', '-v', 'plug-of-host')
  await step('dark host', '--fence', 'node7', '--timeout', '60')
  note('darkHost', String(plugOfHost.outlets[0]?.on))
}

const ipmiAndPlug = async () => {
  const controller = await playIpmi(scratch, 9623)
  const plugOfServer = await playTasmota()
  const bothPowers = () => `${controller.on()} ${plugOfServer.outlets[0]?.on}`
  await lab.register('controller', 'fence_ipmilan', {
    ...controller.options,
    pcmk_host_list: 'node8',
    login_timeout: 2,
    pcmk_off_timeout: '8s',
    pcmk_off_retries: 1,
  })
  await lab.register('plug-of-server', 'fence_homelab', { ...at(plugOfServer), pcmk_host_map: 'node8:1' })
  await step('controller first', '-r', 'node8', '-i', '1', '-v', 'controller')
  await step('its plug second', '-r', 'node8', '-i', '2', '-v', 'plug-of-server')
  await step('by controller', '--fence', 'node8', '--timeout', '60')
  note('byController', bothPowers())
  controller.die()
  await step('by plug', '--fence', 'node8', '--timeout', '60')
  note('byPlug', bothPowers())
}

const twoSupplies = async () => {
  const left = await playTasmota()
  const right = await playTasmota()
  await lab.register('left', 'fence_homelab', { ...at(left), pcmk_host_map: 'node4:1' })
  await lab.register('right', 'fence_homelab', { ...at(right), pcmk_host_map: 'node4:1' })
  await step('both in a level', '-r', 'node4', '-i', '1', '-v', 'left', '-v', 'right')
  const order: string[] = []
  left.switched = () => order.push(`left ${left.outlets[0]?.on === true ? 'on' : 'off'}`)
  right.switched = () => order.push(`right ${right.outlets[0]?.on === true ? 'on' : 'off'}`)
  await step('reboot of two supplies', '--reboot', 'node4', '--timeout', '60')
  note('order', order.join(', '))
}

const backForTheSecondTry = async () => {
  const flaky = await playTasmota()
  await lab.register('flaky', 'fence_homelab', { ...at(flaky), pcmk_host_map: 'node5:1', power_timeout: 4 })
  flaky.http.fault = { kind: 'drop' }
  setTimeout(() => {
    flaky.http.fault = { kind: 'none' }
  }, 4200)
  await step('second try of the fencer', '--fence', 'node5', '--timeout', '30')
}

const tooLate = async () => {
  await lab.register('late', 'fence_homelab', {
    ...at(hung),
    pcmk_host_map: 'node6:1',
    power_timeout: 60,
    verbose: 1,
  })
  await step('killed at the deadline', '--fence', 'node6', '--timeout', '5')
}

await Promise.all(
  [withoutWayBack, hungFirst, darkHost, ipmiAndPlug, twoSupplies, backForTheSecondTry, tooLate].map(happens =>
    happens(),
  ),
)

seen.log = { code: 0, text: lab.log(), ms: 0, state: '' }
writeFileSync(result, JSON.stringify(seen))
process.exit(0)
