import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * The PoE and bridge objects behind a real snmpd, which runs this as a pass_persist program (snmpd.conf(5)).
 * Ports and their faults are in the JSON file named by the first argument. A second one names the network
 * interface behind port 1: its peer has no other power, so the link goes down with the port.
 */
export interface PoeState {
  /** admin: 1 on, 2 off; detection: 1 disabled, 3 delivering power. */
  ports: Record<
    string,
    { admin: number; stuck?: boolean; lying?: boolean; refusesOn?: boolean; offs: number; readOff: number }
  >
  /** Learnt addresses in dotted decimal form and their port. */
  addresses: Record<string, number>
  /** The switch's own address, in hexadecimal. */
  bridge?: string
}

type Answer = readonly [oid: string, type: string, value: string]

const [file = '', fed] = process.argv.slice(2)
const load = (): PoeState => JSON.parse(readFileSync(file, 'utf8'))
const save = (state: PoeState) => {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(state))
  renameSync(`${file}.${process.pid}`, file)
}

const admin = '.1.3.6.1.2.1.105.1.1.1.3.1.'
const detection = '.1.3.6.1.2.1.105.1.1.1.6.1.'
const cisco = '.1.3.6.1.4.1.9.9.402.1.2.1.1.1.'
const learnt = '.1.3.6.1.2.1.17.4.3.1.2.'

function objects(state: PoeState): readonly Answer[] {
  const all: Answer[] = []
  for (const [port, { admin: value, lying }] of Object.entries(state.ports)) {
    all.push([`${admin}${port}`, 'integer', String(value)])
    all.push([`${detection}${port}`, 'integer', value === 1 || lying === true ? '3' : '1'])
    all.push([`${cisco}${port}`, 'integer', value === 1 ? '1' : '4'])
  }
  for (const [mac, port] of Object.entries(state.addresses))
    all.push([`${learnt}${mac}`, 'integer', String(port)])
  all.push(['.1.3.6.1.2.1.17.1.1.0', 'octet', state.bridge ?? '00 1B 21 00 00 07'])
  return all.sort(([a], [b]) => compare(a, b))
}

function compare(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (left[at] ?? -1) - (right[at] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}

function set(oid: string, value: number): boolean {
  const state = load()
  const match = [admin, cisco].find(prefix => oid.startsWith(prefix))
  const port = match === undefined ? undefined : state.ports[oid.slice(match.length)]
  if (port === undefined) return false
  const on = value === 1
  if (port.stuck !== true && !(on && port.refusesOn === true)) {
    if (!on && port.admin === 1 && port.lying !== true) port.offs += 1
    port.admin = on ? 1 : 2
    if (fed !== undefined && port === state.ports['1'])
      execFileSync('ip', ['link', 'set', fed, on ? 'up' : 'down'])
  }
  save(state)
  return true
}

function found(answer: Answer | undefined): string {
  if (answer === undefined) return 'NONE'
  const [oid] = answer
  if (oid.startsWith(admin) || oid.startsWith(cisco)) noteRead(oid.split('.').at(-1) ?? '')
  return answer.join('\n')
}

function noteRead(name: string): void {
  const state = load()
  const port = state.ports[name]
  if (port === undefined || port.admin === 1) return
  port.readOff += 1
  save(state)
}

const lines: string[] = []
createInterface({ input: process.stdin }).on('line', line => {
  lines.push(line)
  const [verb, oid, value] = lines
  if (verb === 'PING') process.stdout.write('PONG\n')
  else if (verb === 'get' && oid !== undefined)
    process.stdout.write(`${found(objects(load()).find(([name]) => name === oid))}\n`)
  else if (verb === 'getnext' && oid !== undefined)
    process.stdout.write(`${found(objects(load()).find(([name]) => compare(name, oid) > 0))}\n`)
  else if (verb === 'set' && oid !== undefined && value !== undefined)
    process.stdout.write(set(oid, Number(value.split(' ').at(-1))) ? 'DONE\n' : 'not-writable\n')
  else if (verb === 'get' || verb === 'getnext' || verb === 'set') return
  lines.length = 0
})
