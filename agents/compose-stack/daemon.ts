import { readdirSync, readlinkSync } from 'node:fs'
import {
  isSameProcess,
  kernelText,
  processIds,
  processStartTime,
  processStat,
  type RecordedProcess,
} from '../../lib/host/processes.ts'
import { readText } from '../../lib/host/small-file.ts'

/**
 * The dockerd behind a socket, found without connecting: docker.service is socket-activated, and a
 * connect on a standby node would start it.
 */
export function findDaemon(socketPath: string): RecordedProcess | undefined {
  const noted = Number(readText(`${socketPath.slice(0, socketPath.lastIndexOf('/'))}/docker.pid`))
  if (noted > 1 && processName(noted) === 'dockerd') return identify(noted)
  // A pid file elsewhere (daemon.json), or a socket elsewhere: ask the process table.
  const inService = isSystemSocket(socketPath)
  for (const pid of processIds()) {
    if (processName(pid) !== 'dockerd') continue
    const command = commandLine(pid)
    if (
      command.split(/[ =]/).includes(`unix://${socketPath}`) ||
      (inService && !/unix:\/\/(?!\/(var\/)?run\/docker\.sock)/.test(command))
    ) {
      return identify(pid)
    }
  }
  return undefined
}

/** Where a dockerd that is not told otherwise looks for a containerd beside it. */
const defaultContainerd = '/run/containerd/containerd.sock'

/**
 * The containerd that a dockerd uses: its own child, or the one that listens where the dockerd looks.
 * Never just any: Kubernetes and other engines have theirs on the same machine.
 */
export function findContainerd(daemon: RecordedProcess): RecordedProcess | undefined {
  const candidates = processIds().filter(pid => processName(pid) === 'containerd')
  const address = /--containerd[= ](\S+)/.exec(commandLine(daemon.pid))?.[1] ?? defaultContainerd
  const sockets = listeningSockets(daemon.pid, address.replace(/^\/var\/run\//, '/run/'))
  const found =
    candidates.find(pid => processStat(pid)?.parent === daemon.pid) ??
    candidates.find(pid => openFiles(pid).some(file => sockets.includes(file)))
  return found === undefined ? undefined : identify(found)
}

/** Flag of /proc/net/unix for a socket that accepts connections. */
const accepts = '00010000'

/** Sockets that listen at a path, as /proc/PID/fd names them, in the network namespace of a process. */
function listeningSockets(pid: number, path: string): readonly string[] {
  return kernelText(`/proc/${pid}/net/unix`)
    .split('\n')
    .flatMap(line => {
      const [, , , flags, , , inode, at] = line.trim().split(/\s+/)
      return flags === accepts && at?.replace(/^\/var\/run\//, '/run/') === path ? [`socket:[${inode}]`] : []
    })
}

/** What the descriptors of a process stand for; they come and go while one looks. */
function openFiles(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`
  const quietly = <T>(look: () => T[]): T[] => {
    try {
      return look()
    } catch {
      return []
    }
  }
  return quietly(() => readdirSync(folder)).flatMap(name =>
    quietly(() => [readlinkSync(`${folder}/${name}`)]),
  )
}

/** Kills a daemon that does not answer; its queue of requests dies with it. @returns whether it is gone */
export async function killDaemon(daemon: RecordedProcess): Promise<boolean> {
  process.kill(daemon.pid, 'SIGKILL')
  for (let tries = 0; tries < 100 && isSameProcess(daemon); tries++) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return !isSameProcess(daemon)
}

function isSystemSocket(socketPath: string): boolean {
  return socketPath === '/run/docker.sock' || socketPath === '/var/run/docker.sock'
}

function identify(pid: number): RecordedProcess | undefined {
  const startTime = processStartTime(pid)
  return startTime === undefined ? undefined : { pid, startTime }
}

function processName(pid: number): string {
  return kernelText(`/proc/${pid}/comm`).trimEnd()
}

function commandLine(pid: number): string {
  return kernelText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}
