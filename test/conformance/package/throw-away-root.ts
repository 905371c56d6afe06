import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'

/** This machine's own root folder with an overlay on it: what is done in it leaves the machine as it is. */
export interface ThrowAwayRoot {
  /** Runs a shell script in it as root. Never throws: the exit code is part of the answer. */
  run(script: string, env?: Readonly<Record<string, string>>): Promise<{ exitCode: number; output: string }>
  /** Files, new folders, links and removals that the overlay holds against the machine, without logs, caches and dpkg's books. */
  changes(): Promise<string[]>
  /** Ends it; the mounts go with their namespace. */
  dispose(): Promise<void>
}

// /tmp is the machine's own, because the packages that tests make lie there, on a mount of its own or not.
const LAY = `
mount -t tmpfs scratch "$1" && cd "$1" && mkdir upper work root &&
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root &&
mount --rbind /proc root/proc && mount --rbind /dev root/dev && mount -t tmpfs run root/run &&
mount --bind /tmp root/tmp &&
mkdir root/run/lock && hostname "$2" && echo laid && exec sleep infinity`

const BOOKS = /^\/(var\/(lib\/(apt|dpkg|systemd)|cache|log)|tmp|run)\//

/** @param hostname what the machine inside takes itself for: Pacemaker's name of the node. */
export async function throwAwayRoot(hostname: string): Promise<ThrowAwayRoot> {
  const scratch = mkdtempSync(join(tmpdir(), 'throw-away-root-'))
  const holder = spawn(
    'unshare',
    ['--mount', '--uts', '--propagation', 'private', 'sh', '-ec', LAY, 'sh', scratch, hostname],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const laid = await Promise.race([
    once(createInterface(holder.stdout), 'line').then(() => true),
    once(holder, 'exit').then(() => false),
  ])
  if (!laid) throw new Error('an overlay over / could not be mounted; see the lines above')
  const enter = ['--target', String(holder.pid), '--mount', '--uts', '--root']

  return {
    async run(script, env = {}) {
      const inside = ['chroot', join(scratch, 'root'), 'sh', '-c', script]
      const { exitCode, all } = await execa('nsenter', [...enter, ...inside], {
        all: true,
        reject: false,
        extendEnv: false,
        env: {
          PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
          LC_ALL: 'C.UTF-8',
          DEBIAN_FRONTEND: 'noninteractive',
          ...env,
        },
      })
      return { exitCode: exitCode ?? -1, output: all }
    },
    async changes() {
      const list = `cd ${scratch}/upper && find . -mindepth 1 | while read -r path; do [ -d "$path" ] && [ -d "/$path" ] || echo "$path"; done`
      const { stdout } = await execa('nsenter', [...enter, 'sh', '-c', list])
      return stdout
        .split('\n')
        .filter(path => path !== '')
        .map(path => path.slice(1))
        .filter(path => !BOOKS.test(`${path}/`))
    },
    async dispose() {
      if (holder.exitCode === null && holder.kill('SIGKILL')) await once(holder, 'exit')
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}
