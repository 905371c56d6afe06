import { readdirSync, readFileSync } from 'node:fs'
import type { Action, Agent, Observation } from '../../lib/ocf/agent.ts'
import type { AgentDefinition } from '../../lib/ocf/definition.ts'
import { durationParameter } from '../../lib/ocf/duration.ts'
import type { ReadParameter } from '../../lib/ocf/parameter.ts'
import { integerParameter, pathParameter, selectParameter } from '../../lib/ocf/parameters.ts'

const marker = integerParameter({
  name: 'marker',
  shortdesc: 'Number by which the service is known',
  longdesc: 'The service is a sleep of so many seconds.',
  example: '1000001',
  min: 1_000_000,
  max: 9_999_999,
  required: true,
  uniqueGroup: 'marker',
})
const behaviour = pathParameter({
  name: 'behaviour',
  shortdesc: 'File that makes the agent misbehave',
  longdesc: 'Words in it: starting, degraded, failed, curable, unknown, endless-start, endless-stop, throw.',
  example: '/run/behaviour',
  reloadable: true,
})
const flavour = selectParameter({
  name: 'flavour',
  shortdesc: 'Of no consequence',
  longdesc: 'Of no consequence.',
  example: 'sweet',
  default: 'sweet',
  choices: ['sweet', 'sour'],
})
const patience = durationParameter({
  name: 'patience',
  shortdesc: 'How long a cure may take',
  longdesc: 'How long a cure may take.',
  example: '1s',
  default: '1s',
  minMs: 100,
  reloadable: true,
})

const definition: AgentDefinition = {
  name: 'reference-agent',
  shortdesc: 'An agent of nothing but the library',
  longdesc: 'Its service is a sleeping process, so that every answer is the life cycle’s own.',
  parameters: [marker, behaviour, flavour, patience],
  actions: [
    { name: 'start', timeoutSeconds: 20 },
    { name: 'stop', timeoutSeconds: 20 },
    { name: 'monitor', timeoutSeconds: 20, intervalSeconds: 10, depth: 0 },
    { name: 'reload-agent', timeoutSeconds: 20 },
    { name: 'validate-all', timeoutSeconds: 20 },
    { name: 'meta-data', timeoutSeconds: 5 },
  ],
  requirements: [{ binary: 'setsid', debianPackage: 'util-linux' }],
  example: `primitive p_reference ocf:haha:reference-agent \\
  params marker=1000001 \\
  op monitor interval=10s timeout=20s`,
  nonGoals: ['Nothing of use.'],
}

type Settings = ReturnType<typeof readSettings>

function readSettings(read: ReadParameter) {
  return {
    marker: read(marker),
    behaviour: read(behaviour),
    flavour: read(flavour),
    patienceMs: read(patience),
  }
}

function misbehaves(settings: Settings, word: string): boolean {
  if (settings.behaviour === undefined) return false
  try {
    return readFileSync(settings.behaviour, 'utf8').split(/\s+/).includes(word)
  } catch {
    return false
  }
}

/** The service's processes, also those of an interrupted start. */
export function servicePids(number: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1') === `sleep\0${number}\0`
      } catch {
        return false
      }
    })
}

async function look({ settings }: Action<Settings>): Promise<Observation> {
  if (misbehaves(settings, 'throw')) throw new Error('the look itself broke')
  if (misbehaves(settings, 'unknown')) return { state: 'unknown', reason: 'the service cannot be seen' }
  if (servicePids(settings.marker).length === 0) return { state: 'stopped' }
  if (misbehaves(settings, 'starting')) return { state: 'starting', reason: 'the service to wake up' }
  if (misbehaves(settings, 'degraded'))
    return { state: 'degraded', faults: [{ key: 'taste', reason: 'the service is bland' }] }
  if (misbehaves(settings, 'failed')) return { state: 'failed', reason: 'the service snores' }
  if (misbehaves(settings, 'curable')) {
    const step = () => Promise.resolve()
    const cure = {
      key: 'shake',
      purpose: 'a shake',
      limit: 2,
      windowMs: 60_000,
      settleMs: settings.patienceMs,
      step,
    }
    return { state: 'failed', reason: 'the service snores', cure }
  }
  return { state: 'running' }
}

/** Never ends, as a hung daemon's client would not. */
function forEver(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1e9))
}

export const agent: Agent<Settings> = {
  definition,
  settings: readSettings,
  look,
  async start(action) {
    if (misbehaves(action.settings, 'endless-start')) {
      action.deadline.waitFor('a bus that never comes')
      await forEver()
    }
    const service = `setsid sleep ${action.settings.marker} </dev/null >/dev/null 2>&1 & sleep 0.2`
    await action.work.command('start of the service', '/bin/sh', ['-c', service], { timeoutMs: 5000 })
  },
  async stop(action) {
    if (misbehaves(action.settings, 'endless-stop')) await forEver()
    for (const pid of servicePids(action.settings.marker)) process.kill(pid, 'SIGTERM')
  },
  async forceStop(action) {
    for (const pid of servicePids(action.settings.marker)) process.kill(pid, 'SIGKILL')
  },
}
