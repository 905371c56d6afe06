import { readdirSync, readFileSync } from 'node:fs'
import { isSameProcess, processStartTime, type RecordedProcess } from '../../lib/host/processes.ts'

/**
 * The dockerd behind a socket, found without connecting: docker.service is socket-activated, and a
 * connect on a standby node would start it.
 */
export function findDaemon(socketPath: string): RecordedProcess | undefined {
  const noted = Number(firstLine(`${socketPath.slice(0, socketPath.lastIndexOf('/'))}/docker.pid`))
  if (noted > 1 && processName(noted) === 'dockerd') return identify(noted)
  // A pid file elsewhere (daemon.json), or a socket elsewhere: ask the process table.
  const inService = isSystemSocket(socketPath)
  for (const pid of processIds()) {
    if (processName(pid) !== 'dockerd') continue
    const command = commandLine(pid)
    if (
      command.includes(`unix://${socketPath}`) ||
      (inService && !/unix:\/\/(?!\/(var\/)?run\/docker\.sock)/.test(command))
    ) {
      return identify(pid)
    }
  }
  return undefined
}

/** The containerd that a dockerd uses: its own child, or the machine's. */
export function findContainerd(daemon: RecordedProcess): RecordedProcess | undefined {
  const candidates = processIds().filter(pid => processName(pid) === 'containerd')
  const own = candidates.find(pid => parentOf(pid) === daemon.pid)
  const found = own ?? (/--containerd[= ]/.test(commandLine(daemon.pid)) ? candidates[0] : undefined)
  return found === undefined ? undefined : identify(found)
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

export function processIds(): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
}

function processName(pid: number): string {
  return firstLine(`/proc/${pid}/comm`)
}

function commandLine(pid: number): string {
  return firstLine(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

function parentOf(pid: number): number {
  const stat = firstLine(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n')[0] ?? ''
  } catch {
    return ''
  }
}
