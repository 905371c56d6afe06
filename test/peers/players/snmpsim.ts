import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { poeLogin } from './poe.ts'

/** A switch by snmpsim (Debian package snmpsim), whose SNMP is of other authors than net-snmp's. */
export interface SimulatedSwitch {
  readonly port: number
  close(): Promise<void>
}

const nobody = { user: 65_534, group: 65_534 }

/**
 * Plays a switch of two PoE ports that may be written (snmpsim's writecache): port 1 obeys, port 2 goes on
 * delivering power whatever is written. The file of the transport domain answers SNMPv3 without a context.
 */
export async function playSnmpsim(): Promise<SimulatedSwitch> {
  const scratch = mkdtempSync(join(tmpdir(), 'snmpsim-'))
  const [data, cache] = [join(scratch, 'data'), join(scratch, 'cache')]
  for (const folder of [data, cache]) mkdirSync(folder)
  const admin = '1.3.6.1.2.1.105.1.1.1.3.1'
  const records = [
    '1.3.6.1.2.1.1.5.0|4|simulated',
    '1.3.6.1.2.1.17.1.1.0|4x|001b2100aabb',
    `${admin}.1|2:writecache|value=1`,
    `${admin}.2|2:writecache|value=1`,
    '1.3.6.1.2.1.105.1.1.1.6.1.1|2|2',
    '1.3.6.1.2.1.105.1.1.1.6.1.2|2|3',
  ].join('\n')
  const udp = '1.3.6.1.6.1.1.0'
  for (const context of [poeLogin.community, udp])
    writeFileSync(join(data, `${context}.snmprec`), `${records}\n`)
  for (const folder of [scratch, data, cache]) chownSync(folder, nobody.user, nobody.group)
  const port = await freeUdpPort()
  const simulator = spawn(
    '/usr/bin/snmpsimd',
    [
      `--data-dir=${data}`,
      `--cache-dir=${cache}`,
      `--variation-module-options=writecache:file:${join(cache, 'written')}`,
      `--agent-udpv4-endpoint=127.0.0.1:${port}`,
      '--process-user=nobody',
      '--process-group=nogroup',
      `--v3-user=${poeLogin.user}`,
      `--v3-auth-key=${poeLogin.auth}`,
      '--v3-auth-proto=SHA256',
      `--v3-priv-key=${poeLogin.privacy}`,
      '--v3-priv-proto=AES',
      '--logging-method=stdout',
    ],
    { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: '/usr/bin:/bin', HOME: scratch } },
  )
  let said = ''
  let isListening = () => {}
  const listening = new Promise<void>(resolve => {
    isListening = resolve
  })
  const hear = (part: Buffer) => {
    said += part.toString('utf8')
    if (said.includes('Listening at UDP/IPv4')) isListening()
  }
  simulator.stdout.on('data', hear)
  simulator.stderr.on('data', hear)
  const ended = new Promise<void>(resolve => simulator.on('close', () => resolve()))
  const close = async () => {
    simulator.kill('SIGKILL')
    await ended
    rmSync(scratch, { recursive: true, force: true })
  }
  const limit = new Promise<void>(resolve => setTimeout(resolve, 20_000).unref())
  await Promise.race([listening, ended, limit])
  if (!said.includes('Listening at UDP/IPv4')) {
    await close()
    throw new Error(`snmpsimd did not come up: ${said.slice(-500)}`)
  }
  return { port, close }
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  const port = await new Promise<number>(resolve =>
    socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)),
  )
  await new Promise<void>(resolve => socket.close(() => resolve()))
  return port
}
