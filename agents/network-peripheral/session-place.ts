import { isLocalPath } from '../../lib/host/mounts.ts'
import {
  isSameProcess,
  kernelText,
  processStartTime,
  type RecordedProcess,
} from '../../lib/host/processes.ts'
import { readText } from '../../lib/host/small-file.ts'
import { HttpFailure, httpRequest } from '../../lib/net/http.ts'
import { booleanAt, numberAt, parseJson } from '../../lib/ocf/json.ts'
import type { Settings } from './parameters.ts'

/** Where Zigbee2MQTT's connections are looked at. */
export type SessionPlace =
  | { readonly kind: 'host' }
  | { readonly kind: 'process'; readonly process: RecordedProcess }
  /** Zigbee2MQTT does not run on this node. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown'; readonly because: string }

const socketPath = '/run/docker.sock'
const answerMs = 3000

/** @param known the process found before: while it lives, nobody is asked again */
export async function findPlace(
  settings: Settings,
  known: RecordedProcess | undefined,
): Promise<SessionPlace> {
  const { sessionContainer, sessionPidFile } = settings
  if (sessionContainer === undefined && sessionPidFile === undefined) return { kind: 'host' }
  if (known !== undefined && isSameProcess(known)) return { kind: 'process', process: known }
  return sessionPidFile === undefined ? await askEngine(sessionContainer ?? '') : readPidFile(sessionPidFile)
}

function readPidFile(path: string): SessionPlace {
  if (!isLocalPath(path)) return { kind: 'unknown', because: `${path} lies on a filesystem that may hang` }
  const pid = Number(readText(path)?.trim())
  return Number.isInteger(pid) && pid > 1 ? living(pid) : { kind: 'elsewhere' }
}

async function askEngine(container: string): Promise<SessionPlace> {
  // A connect would start a socket-activated engine on a node that has none running.
  const daemon = Number(readText('/run/docker.pid'))
  if (!(daemon > 1) || kernelText(`/proc/${daemon}/comm`).trim() !== 'dockerd') return { kind: 'elsewhere' }
  try {
    const reply = await httpRequest(
      { socketPath },
      { path: `/containers/${container}/json`, timeoutMs: answerMs },
    )
    if (reply.status === 404) return { kind: 'elsewhere' }
    const json = parseJson(reply.text())
    const pid = numberAt(json, 'State', 'Pid') ?? 0
    if (reply.status !== 200 || json === undefined)
      return { kind: 'unknown', because: `dockerd answered ${reply.status} about container ${container}` }
    return booleanAt(json, 'State', 'Running') === true && pid > 1 ? living(pid) : { kind: 'elsewhere' }
  } catch (cause) {
    if (!(cause instanceof HttpFailure)) throw cause
    return { kind: 'unknown', because: cause.message }
  }
}

function living(pid: number): SessionPlace {
  const startTime = processStartTime(pid)
  return startTime === undefined ? { kind: 'elsewhere' } : { kind: 'process', process: { pid, startTime } }
}
