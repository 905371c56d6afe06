import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { identify, isSameProcess, type ProcessIdentity, parseIdentity, signal } from '../engine/processes.ts'
import { emulatorCommand } from './emulator.ts'
import type { BootFiles } from './root-image.ts'

/** Names of guests; their place in the list gives addresses and ports. */
export const GUESTS = ['a', 'b', 'c', 'client'] as const
export type GuestName = (typeof GUESTS)[number]

/** The last byte of a guest's address on the cluster network 10.77.0.0/24. */
const hostNumber = (name: GuestName): number => 11 + GUESTS.indexOf(name)
const commandPort = (name: GuestName): number => 5011 + GUESTS.indexOf(name)

/** Where guests run: a network namespace, and a folder for logs, disks and what guests see as /lab. */
export interface Ground {
  readonly namespace: string
  readonly folder: string
  readonly boot: BootFiles
}

/** A disk of a guest: in the guest vdb, vdc... in this order. */
export interface Disk {
  readonly file: string
  /** Two guests have it at once. */
  readonly shared?: boolean
}

export interface ExecResult {
  readonly code: number
  readonly output: string
}

/**
 * No AVX: programs that find it use it, and emulated it costs more than it saves (node starts in two thirds of the
 * time without).
 */
const PROCESSOR = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+pcid,+invpcid,+fsgsbase,+rdrand'

/** An emulated boot under load may take minutes; one that hangs is begun anew. */
const BOOT_TRIES = 3
const BOOT_SECONDS = 120

/** Boots a guest and waits until it takes commands. @throws Error with the end of its console */
export async function bootGuest(ground: Ground, name: GuestName, disks: readonly Disk[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await killGuest(ground, name)
    await launch(ground, name, disks)
    if (await ready(ground, name)) return
    await killGuest(ground, name)
    if (attempt === BOOT_TRIES) {
      throw new Error(`guest ${name} did not boot in ${BOOT_TRIES} tries: ${logs(ground, name).slice(-1500)}`)
    }
  }
}

async function launch(ground: Ground, name: GuestName, disks: readonly Disk[]): Promise<void> {
  const { namespace, folder, boot } = ground
  const emulator = await emulatorCommand()
  const inside = ['netns', 'exec', namespace, 'ip']
  await execa('ip', [...inside, 'tuntap', 'add', `tap-${name}`, 'mode', 'tap'], { reject: false })
  await execa('ip', [...inside, 'link', 'set', `tap-${name}`, 'master', 'cluster', 'up'])
  const file = (kind: string) => join(folder, `${name}.${kind}`)
  mkdirSync(join(folder, 'lab'), { recursive: true })
  rmSync(file('console'), { force: true })
  const kernelLine = [
    'console=ttyS0 quiet loglevel=4 nokaslr mitigations=off no_timer_check random.trust_cpu=on panic=1',
    'net.ifnames=0 audit=0 apparmor=0 cryptomgr.notests 8250.nr_uarts=1 tsc=reliable',
    // What costs a real processor next to nothing, and an emulated one a tenth to a quarter of its time.
    'transparent_hugepage=never init_on_alloc=0 hardened_usercopy=off kfence.sample_interval=0 nowatchdog',
    // Measured by an emulated guest under load, its clock may run five times too fast.
    `tsc_early_khz=${hostKhz()} guest=${name} address=10.77.0.${hostNumber(name)}/24`,
  ].join(' ')
  const args = [
    ...['-name', name, '-accel', 'tcg,thread=multi,tb-size=256', '-cpu', PROCESSOR, '-smp', '1', '-m', '768'],
    ...['-M', 'pc,usb=off,vmport=off', '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-kernel', boot.kernel, '-initrd', boot.initramfs, '-append', kernelLine],
    ...['-chardev', `file,id=console,path=${file('console')}`, '-serial', 'chardev:console'],
    ...['-qmp', `unix:${file('qmp')},server=on,wait=off`],
    ...drive('root', boot.root, 4, 'snapshot=on'),
    ...['-netdev', `user,id=command,restrict=on,hostfwd=tcp:127.0.0.1:${commandPort(name)}-:2222`],
    ...['-device', 'virtio-net-pci,netdev=command,romfile=,addr=05'],
    ...['-netdev', `tap,id=cluster,ifname=tap-${name},script=no,downscript=no`],
    ...['-device', `virtio-net-pci,netdev=cluster,romfile=,mac=52:54:00:77:00:${hostNumber(name)},addr=06`],
    ...['-fsdev', `local,id=lab,path=${join(folder, 'lab')},security_model=none,multidevs=remap`],
    ...['-device', 'virtio-9p-pci,fsdev=lab,mount_tag=lab,addr=07', '-device', 'virtio-rng-pci,addr=08'],
    ...disks.flatMap((disk, index) =>
      drive(
        `disk${index}`,
        disk.file,
        9 + index,
        disk.shared === true ? 'cache=none,file.locking=off' : 'cache=none',
      ),
    ),
  ]
  const log = openSync(file('errors'), 'w')
  const qemu = spawn('nice', ['-n', '19', 'ip', 'netns', 'exec', namespace, ...emulator, ...args], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  qemu.unref()
  // nice, ip and the loader become QEMU by exec, so pid and start time stay.
  const identity = qemu.pid === undefined ? undefined : identify(qemu.pid)
  if (identity === undefined) throw new Error(`QEMU for guest ${name} did not start: ${logs(ground, name)}`)
  writeFileSync(file('pid'), JSON.stringify(identity))
}

function drive(id: string, file: string, slot: number, options: string): string[] {
  const address = slot.toString(16).padStart(2, '0')
  const device = options.includes('locking=off') ? ',share-rw=on' : ''
  return [
    ...['-drive', `file=${file},format=raw,if=none,id=${id},${options}`],
    ...['-device', `virtio-blk-pci,id=dev-${id},drive=${id},addr=${address}${device}`],
  ]
}

function hostKhz(): number {
  const [, mhz] = /^cpu MHz\s*:\s*([\d.]+)/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? []
  return Math.round(Number(mhz ?? 2000) * 1000)
}

async function ready(ground: Ground, name: GuestName): Promise<boolean> {
  const end = Date.now() + BOOT_SECONDS * 1000
  while (Date.now() < end) {
    if (logs(ground, name).includes(`GUEST-READY ${name}`)) return true
    if (!isRunning(ground, name)) return false
    await sleep(200)
  }
  return false
}

/** Console and QEMU's own words. */
export function logs({ folder }: Ground, name: GuestName): string {
  return ['errors', 'console']
    .map(kind => {
      try {
        return readFileSync(join(folder, `${name}.${kind}`), 'latin1')
      } catch {
        return ''
      }
    })
    .join('')
}

function recorded({ folder }: Ground, name: GuestName): ProcessIdentity | undefined {
  try {
    return parseIdentity(JSON.parse(readFileSync(join(folder, `${name}.pid`), 'utf8')))
  } catch {
    return undefined
  }
}

export function isRunning(ground: Ground, name: GuestName): boolean {
  const qemu = recorded(ground, name)
  return qemu !== undefined && isSameProcess(qemu)
}

/** Power lost: QEMU is killed. */
export async function killGuest(ground: Ground, name: GuestName): Promise<void> {
  const qemu = recorded(ground, name)
  if (qemu === undefined) return
  const end = Date.now() + 10_000
  while (isSameProcess(qemu)) {
    signal(qemu, 'SIGKILL')
    if (Date.now() > end) throw new Error(`QEMU of guest ${name} (pid ${qemu.pid}) does not die`)
    await sleep(50)
  }
  rmSync(join(ground.folder, `${name}.pid`), { force: true })
}

/** The whole machine stands still, until somebody kills it. */
export function freezeGuest(ground: Ground, name: GuestName): void {
  const qemu = recorded(ground, name)
  if (qemu !== undefined) signal(qemu, 'SIGSTOP')
}

/** Processor time that a guest has cost so far, in milliseconds: what a busy machine changes little. */
export function processorMs(ground: Ground, name: GuestName): number {
  const qemu = recorded(ground, name)
  if (qemu === undefined) return 0
  const stat = readFileSync(`/proc/${qemu.pid}/stat`, 'latin1')
  // Fields 14 and 15 in ticks of 10 ms (proc(5)), counted behind the name.
  const [user, system] = stat
    .slice(stat.lastIndexOf(') ') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

/** Takes a guest off the cluster network, or puts it back; commands still reach it. */
export async function cutGuest({ namespace }: Ground, name: GuestName, state: 'up' | 'down'): Promise<void> {
  await execa('ip', ['netns', 'exec', namespace, 'ip', 'link', 'set', `tap-${name}`, state])
}

/**
 * Runs a bash script in a guest.
 * @param seconds after which the answer is no longer waited for (code 124)
 */
export async function execInGuest(
  { namespace }: Ground,
  name: GuestName,
  script: string,
  seconds = 60,
): Promise<ExecResult> {
  const socat = ['socat', '-t', '9999', '-', `TCP:127.0.0.1:${commandPort(name)}`]
  const channel = execa('ip', ['netns', 'exec', namespace, ...socat], {
    input: `${Buffer.from(script).toString('base64')}\n`,
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    stripFinalNewline: false,
    reject: false,
  })
  // Not until the guest closes the connection: its socat was seen to keep one open for ever.
  let said = ''
  channel.stdout.on('data', (chunk: unknown) => {
    said = `${said}${chunk}`.slice(-16)
    if (said.includes('\x01RC ') && said.endsWith('\n')) channel.kill('SIGKILL')
  })
  const { stdout, timedOut } = await channel
  const end = stdout.lastIndexOf('\x01RC ')
  if (end < 0) return { code: timedOut ? 124 : 255, output: stdout }
  return { code: Number.parseInt(stdout.slice(end + 4), 10), output: stdout.slice(0, end) }
}
