import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The real pacemaker-fenced over a real corosync, alone in namespaces of its own. Runs only as the
 * first process of `unshare --net --mount --ipc --pid --fork --mount-proc` (see fencer.test.ts); when it
 * ends, the kernel ends everything in it.
 */
export interface FencerLab {
  /** Runs stonith_admin. */
  admin(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string; ms: number }>
  /** Runs another tool among the daemons and the installed agent. */
  run(
    command: string,
    ...args: readonly string[]
  ): Promise<{ code: number; stdout: string; stderr: string; ms: number }>
  /** Registers a device as a cluster would. */
  register(name: string, agent: string, options: Readonly<Record<string, string | number>>): Promise<void>
  /** What the fencer and its agents said so far. */
  log(): string
}

/** Sets the namespaces up and starts corosync and the fencer. @param scratch a directory of the caller's */
export async function startFencer(bundle: string, scratch: string): Promise<FencerLab> {
  const sbin = join(scratch, 'sbin')
  mkdirSync(sbin, { recursive: true })
  copyFileSync(bundle, join(sbin, 'fence_homelab'))
  const sh = (command: string) =>
    execFileSync('/bin/sh', ['-ec', command], { stdio: ['ignore', 'inherit', 'inherit'] })
  sh(`ip link set lo up
    for place in /run /dev/shm /var/lib/pacemaker /var/lib/corosync /var/log; do mount -t tmpfs tmpfs $place; done
    mkdir -p /run/crm /run/lock /run/resource-agents /var/lib/pacemaker/cores /var/lib/pacemaker/cib /var/log/corosync /var/log/crmsh /var/log/pcsd /var/log/crmsh /var/log/pcsd
    chown -R hacluster:haclient /run/crm /var/lib/pacemaker
    mount -t overlay overlay -o lowerdir=${sbin}:/usr/sbin /usr/sbin`)
  const conf = join(scratch, 'corosync.conf')
  writeFileSync(
    conf,
    `totem {\n version: 2\n cluster_name: played\n transport: knet\n crypto_cipher: none\n crypto_hash: none\n}
nodelist {\n node {\n  ring0_addr: 127.0.0.1\n  nodeid: 1\n  name: fencer\n }\n}
quorum {\n provider: corosync_votequorum\n}
logging {\n to_syslog: no\n to_logfile: yes\n logfile: ${join(scratch, 'corosync.log')}\n}\n`,
  )
  const logFile = join(scratch, 'fenced.log')
  const quiet = { stdio: 'ignore' } as const
  const daemons: ChildProcess[] = [spawn('/usr/sbin/corosync', ['-f', '-c', conf], quiet)]
  await until(() => succeeds('/usr/sbin/corosync-cfgtool', ['-s']), 'corosync')
  daemons.push(spawn('/usr/lib/pacemaker/pacemaker-fenced', ['-c', '-l', logFile], quiet))
  await until(() => succeeds('/usr/sbin/stonith_admin', ['-L']), 'pacemaker-fenced')
  const admin: FencerLab['admin'] = (...args) => output('/usr/sbin/stonith_admin', args)
  return {
    admin,
    run: (command, ...args) => output(command, args),
    async register(name, agent, options) {
      const given = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])
      const { code, stderr } = await admin('-R', name, '-a', agent, ...given)
      if (code !== 0) throw new Error(`${name} was not registered: ${stderr}`)
    },
    log: () => execFileSync('/bin/cat', [logFile], { encoding: 'utf8' }),
  }
}

function output(command: string, args: readonly string[]) {
  const started = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (part: Buffer) => {
    stdout += part.toString('utf8')
  })
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString('utf8')
  })
  return new Promise<{ code: number; stdout: string; stderr: string; ms: number }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? -1, stdout, stderr, ms: performance.now() - started }))
  })
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return (await output(command, args)).code === 0
}

async function until(ready: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await ready()) return
    await new Promise<void>(resolve => setTimeout(resolve, 250))
  }
  throw new Error(`${what} did not come up within 15 s`)
}
