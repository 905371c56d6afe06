import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The real ipmi_sim of openipmi as the management controller of one machine. */
export interface IpmiPlayer {
  /** Options for fence_ipmilan. */
  readonly options: Readonly<Record<string, string | number>>
  on(): boolean
  /** The controller loses its power, as it does with that of its server. */
  die(): void
}

/** Starts ipmi_sim on loopback, with its files in a directory of the caller's. */
export async function playIpmi(scratch: string, port: number): Promise<IpmiPlayer> {
  const folder = join(scratch, 'ipmi')
  mkdirSync(join(folder, 'state'), { recursive: true })
  const power = join(folder, 'power')
  writeFileSync(power, '1')
  const chassis = join(folder, 'chassis-control')
  // ipmi_sim runs it as "chassis-control ADDRESS get power" and "... set power 0".
  writeFileSync(
    chassis,
    `#!/bin/sh\nshift\ncase "$1" in\n get) echo "power:$(cat ${power})" ;;\n set) [ "$2" = power ] && echo "$3" >${power} ;;\nesac\nexit 0\n`,
  )
  chmodSync(chassis, 0o755)
  const password = 'played-bmc-pass'
  const levels = ['callback', 'user', 'operator', 'admin'].map(
    level => `    allowed_auths_${level} none md2 md5 straight`,
  )
  const lan = join(folder, 'lan.conf')
  writeFileSync(
    lan,
    `name "bmc"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
${levels.join('\n')}
    guid a123456789abcdefa123456789abcdef
  endlan
  chassis_control "${chassis} 0x20"
  user 2 true "fence" "${password}" admin 10 none md2 md5 straight
`,
  )
  const commands = join(folder, 'emulator')
  writeFileSync(
    commands,
    'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02\nmc_enable 0x20\n',
  )
  const args = ['-c', lan, '-f', commands, '-s', join(folder, 'state'), '-n']
  const simulator = spawn('/usr/bin/ipmi_sim', args, { stdio: 'ignore' })
  const options = { ip: '127.0.0.1', ipport: port, username: 'fence', password, lanplus: 1, cipher: 3 }
  const status = [
    '-I',
    'lanplus',
    '-C',
    '3',
    '-H',
    '127.0.0.1',
    '-p',
    String(port),
    '-U',
    'fence',
    '-E',
    'chassis',
    'power',
    'status',
  ]
  for (let tries = 0; ; tries += 1) {
    try {
      const env = { PATH: '/usr/bin:/bin', IPMI_PASSWORD: password }
      execFileSync('/usr/bin/ipmitool', ['-N', '1', '-R', '1', ...status], { stdio: 'ignore', env })
      break
    } catch (cause) {
      if (tries > 10) throw cause
    }
  }
  return {
    options,
    on: () => readFileSync(power, 'utf8').trim() === '1',
    die: () => simulator.kill('SIGKILL'),
  }
}
