import { items, parseJson } from '../../../lib/ocf/json.ts'
import { readClusterStatus } from '../../../scripts/doctor/crm-mon.ts'
import { nothingSeen, type Observation } from '../../../scripts/doctor/observation.ts'
import { readContainer } from '../../../scripts/doctor/sources/containers.ts'
import { corosyncOf, readCmap } from '../../../scripts/doctor/sources/corosync.ts'
import { readDurations } from '../../../scripts/doctor/sources/durations.ts'
import { readFencingLog } from '../../../scripts/doctor/sources/fencing-memory.ts'
import { readCib } from '../../../scripts/pacemaker/read-cib.ts'
import { type Captured, captured as capturedText } from './captured-text.ts'

/** Read as the tool reads it. A file that was not captured is a part that was not seen. */
export function captured(name: Captured): Observation {
  const text = (file: string) => capturedText(name, file)
  const read = <Seen>(file: string, reader: (content: string) => Seen): Seen | undefined =>
    text(file) === '' ? undefined : reader(text(file))
  return {
    ...nothingSeen,
    node: 'n1',
    cib: read('cib.xml', readCib),
    status: read('crm_mon.xml', readClusterStatus),
    fencingMemory: read('pacemaker-log.txt', log => readFencingLog(log, log, Date.UTC(2026, 10, 22, 12))),
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
