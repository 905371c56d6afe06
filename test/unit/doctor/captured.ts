import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { items, parseJson } from '../../../lib/ocf/json.ts'
import { readClusterStatus } from '../../../scripts/doctor/crm-mon.ts'
import { nothingSeen, type Observation } from '../../../scripts/doctor/observation.ts'
import { readCib } from '../../../scripts/doctor/read-cib.ts'
import { readContainer } from '../../../scripts/doctor/sources/containers.ts'
import { corosyncOf, readCmap } from '../../../scripts/doctor/sources/corosync.ts'
import { readDurations } from '../../../scripts/doctor/sources/durations.ts'

/**
 * What the tools of a real cluster printed, as the node n1 saw it: `well`, three nodes that run a stack and have
 * fenced each other; `broken`, the same after everything was spoilt that can be; `export`, one that has an export
 * configured; `two-nodes`, of Debian 13 with Pacemaker 3.0.
 */
export type Captured = 'well' | 'broken' | 'export' | 'two-nodes'

/** Read as the tool reads it. A file that was not captured is a part that was not seen. */
export function captured(name: Captured): Observation {
  const text = (file: string) => {
    const path = join(import.meta.dirname, 'captured', name, file)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  const read = <Seen>(file: string, reader: (content: string) => Seen): Seen | undefined =>
    text(file) === '' ? undefined : reader(text(file))
  return {
    ...nothingSeen,
    node: 'n1',
    cib: read('cib.xml', readCib),
    status: read('crm_mon.xml', readClusterStatus),
    corosync: read('cmap.txt', cmap => corosyncOf(readCmap(cmap), readCmap(text('stats.txt')))),
    containers: items(parseJson(text('inspect.json'))).map(json => readContainer(json, json)),
    durations: text('durations.txt')
      .split(/^== /m)
      .flatMap(block => {
        const [name_ = '', content = ''] = block.split('\n', 2)
        return readDurations(name_.replace('.durations.json', ''), content)
      }),
  }
}
