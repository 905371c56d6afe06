import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PoeState } from './poe-objects.ts'
import type { Fault } from './tcp-player.ts'

/** A real snmpd with PoE objects, behind a relay that loses and breaks datagrams on command. */
export interface PoePlayer {
  /** Where the relay listens. */
  readonly port: number
  /** Where snmpd itself listens. */
  readonly directPort: number
  fault: Fault
  state(): PoeState
  change(act: (state: PoeState) => void): void
  absent(ms: number): void
  close(): Promise<void>
}

export const poeLogin = {
  community: 'played-community',
  user: 'fence',
  auth: 'played-auth-pass',
  privacy: 'played-priv-pass',
}

/** Starts snmpd (Debian package snmpd) on loopback. `protocol` is snmpd's name of it. */
export async function playPoe(
  protocol: 'MD5' | 'SHA' | 'SHA-256' | 'SHA-512' = 'SHA-256',
): Promise<PoePlayer> {
  const scratch = mkdtempSync(join(tmpdir(), 'played-poe-'))
  const file = join(scratch, 'state.json')
  const ports = Object.fromEntries(
    ['1', '2', '3', '4'].map(name => [name, { admin: 1, offs: 0, readOff: 0 }]),
  )
  const start: PoeState = { ports, addresses: { '160.183.101.0.0.1': 1, '2.0.0.0.0.2': 2, '2.0.0.0.0.3': 2 } }
  writeFileSync(file, JSON.stringify(start))
  const directPort = await freeUdpPort()
  const agent = startSnmpd({ scratch, file, port: directPort, protocol })
  const relay = await relayTo(directPort)
  const player: PoePlayer = {
    port: relay.port,
    directPort,
    get fault() {
      return relay.fault
    },
    set fault(fault) {
      relay.fault = fault
    },
    state: () => JSON.parse(readFileSync(file, 'utf8')),
    change(act) {
      const state: PoeState = JSON.parse(readFileSync(file, 'utf8'))
      act(state)
      writeFileSync(`${file}.test`, JSON.stringify(state))
      renameSync(`${file}.test`, file)
    },
    absent(ms) {
      relay.fault = { kind: 'drop' }
      setTimeout(() => {
        relay.fault = { kind: 'none' }
      }, ms).unref()
    },
    async close() {
      await relay.close()
      const ended = new Promise(resolve => agent.on('close', resolve))
      if (agent.exitCode === null && agent.kill('SIGKILL')) await ended
      rmSync(scratch, { recursive: true, force: true })
    },
  }
  await answering(directPort)
  return player
}

/**
 * The real snmpd, with the PoE objects of `file` beside its own. `more` are further arguments for the
 * program of the objects, `before` the command that runs snmpd elsewhere.
 */
export function startSnmpd(setting: {
  readonly scratch: string
  readonly file: string
  readonly port: number
  readonly protocol: string
  readonly more?: readonly string[]
  readonly before?: readonly string[]
  /** Where it listens, loopback unless told; whoever reaches it there may ask. */
  readonly address?: string
}): ChildProcess {
  const { scratch, file, port, protocol, more = [], before = [], address = '127.0.0.1' } = setting
  const program = [process.execPath, join(import.meta.dirname, 'poe-objects.ts'), file, ...more].join(' ')
  const conf = join(scratch, 'snmpd.conf')
  const { community, user, auth, privacy } = poeLogin
  const subtrees = ['.1.3.6.1.2.1.105', '.1.3.6.1.2.1.17', '.1.3.6.1.4.1.9.9.402']
  writeFileSync(
    conf,
    [
      `agentAddress udp:${address}:${port}`,
      `rwcommunity ${community} ${address === '127.0.0.1' ? address : 'default'}`,
      `createUser ${user} ${protocol} "${auth}" AES "${privacy}"`,
      `rwuser ${user} auth`,
      'sysName played-switch',
      ...subtrees.map(oid => `pass_persist ${oid} ${program}`),
    ].join('\n'),
  )
  const [command = '', ...args] = [...before, '/usr/sbin/snmpd', '-f', '-Lf', join(scratch, 'log')]
  return spawn(command, [...args, '-C', '-c', conf, '-I', '-smux'], {
    stdio: 'ignore',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', SNMP_PERSISTENT_DIR: scratch, MIBS: '' },
  })
}

async function relayTo(target: number) {
  const outside = createSocket('udp4')
  const inside = new Map<number, ReturnType<typeof createSocket>>()
  let fault: Fault = { kind: 'none' }
  const answer = (bytes: Buffer, port: number) => {
    if (fault.kind === 'lost-answer') {
      if (fault.times !== undefined) fault = { kind: 'none' }
      return
    }
    const sent =
      fault.kind === 'half'
        ? bytes.subarray(0, bytes.length / 2)
        : fault.kind === 'instead'
          ? Buffer.from(fault.body)
          : fault.kind === 'hang'
            ? bytes.subarray(0, Math.max(0, fault.afterBytes))
            : bytes
    if (fault.kind === 'slow') setTimeout(() => outside.send(sent, port, '127.0.0.1'), fault.ms).unref()
    else outside.send(sent, port, '127.0.0.1')
  }
  outside.on('message', (bytes, { port }) => {
    if (fault.kind === 'drop' || fault.kind === 'refuse' || (fault.kind === 'hang' && fault.afterBytes < 0)) {
      if (fault.kind === 'drop' && fault.times !== undefined) fault = { kind: 'none' }
      return
    }
    let socket = inside.get(port)
    if (socket === undefined) {
      socket = createSocket('udp4').on('message', reply => answer(reply, port))
      inside.set(port, socket)
    }
    socket.send(bytes, target, '127.0.0.1')
  })
  const port = await new Promise<number>(resolve =>
    outside.bind(0, '127.0.0.1', () => resolve(outside.address().port)),
  )
  return {
    port,
    get fault() {
      return fault
    },
    set fault(next) {
      fault = next
    },
    async close() {
      for (const socket of inside.values()) socket.close()
      await new Promise<void>(resolve => outside.close(() => resolve()))
    },
  }
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  const port = await new Promise<number>(resolve =>
    socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)),
  )
  await new Promise<void>(resolve => socket.close(() => resolve()))
  return port
}

/** Waits until net-snmp's own snmpget is answered. */
async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    const args = [
      '-v2c',
      '-c',
      poeLogin.community,
      '-t',
      '1',
      '-r',
      '0',
      `127.0.0.1:${port}`,
      '.1.3.6.1.2.1.105.1.1.1.3.1.1',
    ]
    const child = spawn('snmpget', args, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin', MIBS: '' } })
    if ((await new Promise(resolve => child.on('close', resolve))) === 0) return
    await new Promise<void>(resolve => setTimeout(resolve, 100))
  }
  throw new Error('snmpd did not answer')
}
