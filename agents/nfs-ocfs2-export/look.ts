import { type Mount, readMounts } from '../../lib/host/mounts.ts'
import type { Action, Cure, DegradedReason, Glance, Observation } from '../../lib/ocf/agent.ts'
import { askServer } from './ask-server.ts'
import { clientConnections } from './connections.ts'
import { durabilityFaults } from './durability.ts'
import { type ExportEntry, readEtab } from './etab.ts'
import { addExports, isSame, ownExports, removeExports } from './exports.ts'
import { findGround } from './filesystem.ts'
import { storageFaults } from './health.ts'
import { judgeAnswer } from './judge-answer.ts'
import type { Settings } from './parameters.ts'
import { readRecord, remember } from './record.ts'
import { isReleased } from './release.ts'
import { recordsFault } from './run-server.ts'
import { nfsdThreads } from './server.ts'
import { testWrite } from './write-test.ts'

const nfsPort = 2049
const writeMs = 10_000

/** One re-export within this time: a second poisoning so soon needs a person. */
const cureWindowMs = 600_000

/**
 * Looks at mount table, etab, nfsd and, from depth 10 and at start, at what clients get. Nothing of it
 * waits for the filesystem.
 */
export async function lookAtExport(action: Action<Settings>, glance: Glance): Promise<Observation> {
  const mounts = readMounts()
  const etab = await readEtab(mounts)
  if (etab === undefined)
    return { state: 'unknown', reason: '/var/lib/nfs/etab cannot be read: see its rights' }
  const own = ownExports(action)
  const present = own.filter(one => etab.some(entry => isSame(one, entry)))
  const { directory } = action.settings
  if (glance.purpose === 'stop') return lookForStop(action, present.length > 0)
  if (present.length === 0) return nothingExported(action, glance)

  const ground = findGround(action.settings, mounts)
  if (ground.kind === 'wrong')
    return { state: 'failed', reason: `exported, but ${ground.reason}`, hopeless: true }
  const wanted = own.filter(one => one.directory === directory)
  const missing = wanted.find(one => !etab.some(entry => isSame(one, entry)))
  if (missing !== undefined) {
    return {
      state: 'failed',
      reason: `${directory} is not exported to ${missing.client} any more: did somebody run exportfs -r or -u?`,
      cure: reexport(action),
    }
  }
  const isWritable = wantsWrite(etab, directory)
  if (ground.mount.options.includes('ro') && isWritable) {
    return {
      state: 'failed',
      reason: `${ground.mount.mountPoint} has become read-only: an I/O error? see dmesg and the device ${ground.mount.source}`,
    }
  }
  const threads = nfsdThreads()
  if (threads === 0) {
    return {
      state: 'failed',
      reason: 'nfsd does not run on this node: start nfs-server.service or its own resource',
    }
  }
  if (glance.purpose === 'probe') return { state: 'running' }
  return await lookDeeper(action, glance, ground.mount, durabilityFaults(ground.mount, isWritable))
}

/** What an interrupted stop had unexported still has clients that hold the filesystem: they are freed first. */
function lookForStop(action: Action<Settings>, exported: boolean): Observation {
  const { directory } = action.settings
  if (exported) return { state: 'failed', reason: `${directory} is still exported` }
  const started = (readRecord(action.recorded)?.clients.length ?? 0) > 0
  return started && !isReleased(action)
    ? { state: 'failed', reason: `what clients hold in ${directory} is not freed yet` }
    : { state: 'stopped' }
}

/** Something exported before, and nothing now, is a failure; where nothing was started it is rest. */
function nothingExported(action: Action<Settings>, glance: Glance): Observation {
  const record = readRecord(action.recorded)
  if (glance.purpose !== 'monitor' || record === undefined) return { state: 'stopped' }
  const ground = findGround(action.settings)
  if (ground.kind === 'wrong') return { state: 'stopped' }
  return {
    state: 'failed',
    reason: `${record.directory} is not exported any more: did somebody run exportfs -r or -ua?`,
    cure: reexport(action),
  }
}

function wantsWrite(etab: readonly ExportEntry[], directory: string): boolean {
  return etab.some(entry => entry.directory === directory && entry.options.includes('rw'))
}

async function lookDeeper(
  action: Action<Settings>,
  glance: Glance,
  mount: Mount,
  found: readonly DegradedReason[],
): Promise<Observation> {
  const deep = glance.depth >= 10 || glance.purpose === 'start'
  const faults = [...found]
  if (deep) {
    const { directory, probeAddress, probeTimeoutMs } = action.settings
    action.deadline.waitFor(`an NFS answer of ${probeAddress}`)
    const question = { address: probeAddress, port: nfsPort, path: directory, timeoutMs: probeTimeoutMs }
    const verdict = await judgeAnswer(action, glance, await askServer(question), reexport(action))
    if (verdict.state !== 'running' && verdict.state !== 'degraded') return verdict
    if (verdict.state === 'degraded') faults.push(...verdict.faults)
  }
  if (glance.depth >= 20) {
    const verdict = await lookByWriting(action)
    if (verdict !== undefined && 'state' in verdict) return verdict
    if (verdict !== undefined) faults.push(verdict)
  }
  if (deep) rememberConnections(action)
  const records = glance.depth >= 10 ? recordsFault(action.settings) : undefined
  if (records !== undefined) faults.push(records)
  faults.push(...(await storageFaults(action, glance, mount)))
  return faults.length === 0 ? { state: 'running' } : { state: 'degraded', faults }
}

/** For the next server, which wakes these clients. */
function rememberConnections({ settings, recorded }: Action<Settings>): void {
  if (settings.serviceAddress === undefined) return
  const connections = clientConnections(settings.serviceAddress)
  if (connections !== '') remember(recorded, { connections })
}

/** A hung write is told and does not fail: OCFS2 in recovery hangs everywhere. An error of the device fails. */
async function lookByWriting(action: Action<Settings>): Promise<Observation | DegradedReason | undefined> {
  const { directory } = action.settings
  const record = readRecord(action.recorded)
  action.deadline.waitFor(`a write in ${directory}`)
  const answer = await testWrite(action, Math.min(writeMs, action.deadline.remainingMs() / 2))
  const latencies = answer.kind === 'ok' ? answer.latencies : record?.latencies
  remember(action.recorded, { latencies })
  if (answer.kind === 'failed') {
    return {
      state: 'failed',
      reason: `a write in ${directory} fails: ${answer.text}: see dmesg and the device`,
    }
  }
  return answer.kind === 'ok'
    ? undefined
    : {
        key: 'write_hangs',
        reason: `a write in ${directory} hangs: OCFS2 in recovery, or a dead device or peer`,
      }
}

/** Takes this one export away and adds it again, which makes the server look the filesystem up anew. */
function reexport(action: Action<Settings>): Cure {
  const { directory } = action.settings
  return {
    key: 'export',
    purpose: `re-export of ${directory}`,
    limit: 1,
    windowMs: cureWindowMs,
    settleMs: 5000,
    async step() {
      // Never what is not there to be exported.
      const ground = findGround(action.settings)
      if (ground.kind === 'wrong') throw new Error(ground.reason)
      const own = ownExports(action).filter(one => one.directory === directory)
      await removeExports(action, own)
      await addExports(action)
    },
  }
}
