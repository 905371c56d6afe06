import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { poeLogin, startSnmpd } from './poe.ts'

/**
 * A switch port with a real link, in a network namespace of its own: snmpd's own IF-MIB is about the
 * interfaces there (a SET of ifAdminStatus takes one down), and port 1 of its PoE table feeds the peer of
 * `swp1`.
 */
export interface FedLink {
  readonly port: number
  /** Command that runs another one where the switch can be reached. */
  readonly inside: readonly string[]
  /** Whether the peer sees a carrier, by the kernel's word. */
  carrier(): boolean
  /** net-snmp's own client: an object's value. */
  get(oid: string): string
  set(oid: string, value: number): void
  /** ifAdminStatus of the interface. */
  readonly ifAdminStatus: string
  close(): Promise<void>
}

export async function playFedLink(): Promise<FedLink> {
  const scratch = mkdtempSync(join(tmpdir(), 'fed-link-'))
  const netns = scratch.slice(scratch.lastIndexOf('/') + 1)
  const run = (command: string, ...args: readonly string[]) =>
    execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', MIBS: '' },
    }).trim()
  const inside = ['nsenter', `--net=/run/netns/${netns}`]
  const within = (...command: readonly string[]) => run('nsenter', ...inside.slice(1), ...command)
  const remove = () => {
    run('ip', 'netns', 'delete', netns)
    rmSync(scratch, { recursive: true, force: true })
  }
  run('ip', 'netns', 'add', netns)
  try {
    within('ip', 'link', 'set', 'lo', 'up')
    within('ip', 'link', 'add', 'swp1', 'type', 'veth', 'peer', 'name', 'radio0')
    within('ip', 'link', 'set', 'swp1', 'up')
    within('ip', 'link', 'set', 'radio0', 'up')
    const index = /^(\d+):/.exec(within('ip', '-o', 'link', 'show', 'swp1'))?.[1] ?? ''
    const file = join(scratch, 'state.json')
    const ports = { '1': { admin: 1, offs: 0, readOff: 0 } }
    writeFileSync(file, JSON.stringify({ ports, addresses: {} }))
    const port = 161
    const agent = startSnmpd({ scratch, file, port, protocol: 'SHA', more: ['swp1'], before: inside })
    const client = ['-v2c', '-c', poeLogin.community, '-t', '1', '-r', '3', '-Oqv', `127.0.0.1:${port}`]
    const link: FedLink = {
      port,
      inside,
      ifAdminStatus: `.1.3.6.1.2.1.2.2.1.7.${index}`,
      carrier: () => within('ip', '-o', 'link', 'show', 'radio0').includes('LOWER_UP'),
      get: oid => within('snmpget', ...client, oid),
      set: (oid, value) => {
        within('snmpset', ...client, oid, 'i', String(value))
      },
      async close() {
        const ended = new Promise(resolve => agent.on('close', resolve))
        if (agent.exitCode === null && agent.kill('SIGKILL')) await ended
        remove()
      },
    }
    try {
      await answering(link)
    } catch (cause) {
      const log = readFileSync(join(scratch, 'log'), 'utf8')
      await link.close()
      throw new Error(`snmpd did not answer: ${log}`, { cause })
    }
    return link
  } catch (cause) {
    rmSync(scratch, { recursive: true, force: true })
    throw cause
  }
}

async function answering(link: FedLink): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      link.get(link.ifAdminStatus)
      return
    } catch (cause) {
      if (tries === 10) throw cause
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
}
