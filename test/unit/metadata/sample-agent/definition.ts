import type { AgentDefinition } from '../../../../lib/ocf/definition.ts'
import { durationParameter } from '../../../../lib/ocf/duration.ts'
import { listParameter } from '../../../../lib/ocf/list-parameter.ts'
import {
  booleanParameter,
  integerParameter,
  pathParameter,
  secretParameter,
  selectParameter,
  stringParameter,
} from '../../../../lib/ocf/parameters.ts'

/** Text that breaks XML, roff or Markdown when it is written as it stands. */
export const hostile = `.TH "x" \\fB ]]> <b> & 'q' "d" | \`code\` *star* _low_ ~ ^ - Küche €`

const facts = { shortdesc: 'Sample', longdesc: 'A sample.' }

/** A definition with every type of parameter, every action and hostile text. */
export const sample: AgentDefinition = {
  name: 'sample',
  shortdesc: `Sample agent ${hostile}`,
  longdesc: `First paragraph\nover two lines.\n\n${hostile}\n\n'leading quote\n.leading dot`,
  parameters: [
    pathParameter({
      ...facts,
      name: 'directory',
      required: true,
      example: '/mnt/iot/stack',
      uniqueGroup: 'directory',
      longdesc: `Where it lives.\n\n${hostile}\n\n/${'a/very/long/path/'.repeat(12)}`,
    }),
    stringParameter({ ...facts, name: 'project', default: `a "b" <c> 'd' & \\e`, example: 'iot' }),
    stringParameter({ ...facts, name: 'address', example: '10.0.0.1', uniqueGroup: 'endpoint' }),
    integerParameter({
      ...facts,
      name: 'port',
      min: 1,
      max: 65535,
      default: '1883',
      example: '1883',
      uniqueGroup: 'endpoint',
    }),
    integerParameter({ ...facts, name: 'memory', min: 0, max: 10, unit: 'MiB', example: '5' }),
    booleanParameter({ ...facts, name: 'strict', default: 'true', reloadable: true, example: 'false' }),
    durationParameter({
      ...facts,
      name: 'patience',
      minMs: 1000,
      maxMs: 3_600_000,
      default: '30s',
      reloadable: true,
      deprecatedNames: ['wait_time', 'wait'],
      example: '45s',
    }),
    listParameter({
      ...facts,
      name: 'services',
      each: text => (text.includes('/') ? undefined : text),
      itemShape: 'a name of a service',
      example: 'mosquitto "node red"',
    }),
    selectParameter({
      ...facts,
      name: 'unhealthy',
      choices: ['fail', 'ignore'],
      default: 'fail',
      example: 'ignore',
    }),
    secretParameter({ ...facts, name: 'password', example: 'correct horse' }),
  ],
  actions: [
    { name: 'meta-data', timeoutSeconds: 5 },
    { name: 'monitor', timeoutSeconds: 60, intervalSeconds: 61, depth: 10 },
    { name: 'stop', timeoutSeconds: 100 },
    { name: 'monitor', timeoutSeconds: 20, intervalSeconds: 15, depth: 0 },
    { name: 'start', timeoutSeconds: 120 },
    { name: 'validate-all', timeoutSeconds: 20 },
    { name: 'reload-agent', timeoutSeconds: 20 },
    { name: 'notify', timeoutSeconds: 20 },
  ],
  requirements: [{ binary: 'docker', debianPackage: 'docker.io' }],
  example: [
    'primitive p_sample ocf:haha:sample \\',
    '  params directory=/mnt/iot/stack services="mosquitto node-red" \\',
    '  op start timeout=120s \\',
    '  op monitor interval=15s timeout=20s \\',
    '  op monitor interval=61s timeout=60s OCF_CHECK_LEVEL=10 \\',
    '  meta migration-threshold=3',
  ].join('\n'),
  nonGoals: ['It does not cook.', hostile],
}
