import type { AgentDefinition } from '../../../lib/ocf/definition.ts'
import { durationParameter } from '../../../lib/ocf/duration.ts'
import { integerParameter, pathParameter } from '../../../lib/ocf/parameters.ts'

export const directory = pathParameter({
  name: 'directory',
  shortdesc: 'Folder whose files say how the service behaves',
  longdesc: 'Folder whose files say how the service behaves.',
  example: '/tmp/recording',
  required: true,
  uniqueGroup: 'directory',
})

export const startDelay = durationParameter({
  name: 'start_delay',
  shortdesc: 'How long the service takes to come up',
  longdesc: 'How long the service takes to come up.',
  example: '2s',
  default: '0s',
  maxMs: 600_000,
})

export const weight = integerParameter({
  name: 'weight',
  shortdesc: 'A number that is taken over while the service runs',
  longdesc: 'A number that is taken over while the service runs.',
  example: '5',
  default: '1',
  min: 0,
  max: 10,
  reloadable: true,
  deprecatedNames: ['mass'],
})

export const patience = durationParameter({
  name: 'patience',
  shortdesc: 'How long a cure may take',
  longdesc: 'How long a cure may take.',
  example: '1s',
  default: '1s',
  minMs: 100,
  reloadable: true,
})

export const definition: AgentDefinition = {
  name: 'recording',
  shortdesc: 'Agent that knows its service by its record alone',
  longdesc: 'Runs one process and tells its state as files in a folder say.',
  parameters: [directory, startDelay, weight, patience],
  actions: [
    { name: 'start', timeoutSeconds: 20 },
    { name: 'stop', timeoutSeconds: 20 },
    { name: 'monitor', timeoutSeconds: 20, intervalSeconds: 10, depth: 0 },
    { name: 'monitor', timeoutSeconds: 30, intervalSeconds: 60, depth: 10 },
    { name: 'reload-agent', timeoutSeconds: 20 },
    { name: 'validate-all', timeoutSeconds: 20 },
    { name: 'meta-data', timeoutSeconds: 5 },
  ],
  requirements: [{ binary: 'sleep', debianPackage: 'coreutils' }],
  example:
    'primitive p_recording ocf:haha:recording params directory=/tmp/recording op monitor interval=10s timeout=20s',
  nonGoals: ['It serves nobody.'],
}
