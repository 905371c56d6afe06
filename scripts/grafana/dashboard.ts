import type { Dashboard, FieldConfigSource, Panel, RowPanel, VariableModel } from '@grafana/schema'
import { stackMetrics as stack } from '../../agents/compose-stack/metrics.ts'
import { peripheralMetrics as peripheral } from '../../agents/network-peripheral/metrics.ts'
import { storageMetrics as storage } from '../../agents/nfs-ocfs2-export/metrics.ts'
import { resourceMetrics as resource } from '../../lib/ocf/action-samples.ts'
import { drillMetrics as drill } from '../drill/metrics.ts'

/** What the house's resources do, for Grafana 10 and later; it asks which Prometheus to use. */
export function dashboard(): Dashboard {
  const panels: readonly (Panel | RowPanel)[] = [
    row('Resources', 0),
    states(
      'Where each resource is active',
      `${resource.active.name}${chosen}`,
      '{{resource}} on {{instance}}',
      good,
      [0, 1, 12, 8],
    ),
    states(
      'Degraded',
      `${resource.degraded.name}${chosen}`,
      '{{resource}}: {{reason}} on {{instance}}',
      bad,
      [12, 1, 12, 8],
    ),
    graph(
      'Last run against its timeout',
      `${resource.duration.name}${chosen} / ${resource.timeout.name}${chosen}`,
      '{{resource}} {{action}} {{depth}} on {{instance}}',
      'percentunit',
      [0, 9, 12, 8],
    ),
    graph(
      'Runs that failed, an hour',
      `increase(${resource.runs.name}{resource=~"$resource",code!~"0|7|190"}[1h])`,
      '{{resource}} {{action}} ({{code}}) on {{instance}}',
      'short',
      [12, 9, 12, 8],
    ),
    graph(
      'How long monitors take',
      `${resource.duration.name}{resource=~"$resource",action="monitor"}`,
      '{{resource}} depth {{depth}} on {{instance}}',
      's',
      [0, 17, 12, 8],
    ),
    graph(
      'Since the last report of a monitor',
      `time() - ${resource.timestamp.name}{resource=~"$resource",action="monitor"}`,
      '{{resource}} depth {{depth}} on {{instance}}',
      's',
      [12, 17, 12, 8],
    ),
    row('Services and peripherals', 25),
    states(
      'Services',
      `${stack.serviceUp.name}${chosen}`,
      '{{service}} on {{instance}}',
      good,
      [0, 26, 12, 8],
    ),
    states(
      'Peripherals by node',
      `${peripheral.answers.name}${chosen}`,
      '{{peripheral}} from {{instance}}',
      good,
      [12, 26, 12, 8],
    ),
    states(
      'Radio hung',
      `${peripheral.hung.name}${chosen}`,
      '{{peripheral}} on {{instance}}',
      bad,
      [0, 34, 12, 6],
    ),
    graph(
      'Silence of the radio',
      `${peripheral.silence.name}${chosen}`,
      '{{peripheral}} on {{instance}}',
      's',
      [12, 34, 12, 6],
    ),
    row('Storage', 40),
    states(
      'Legs of DRBD',
      `${storage.peerDisk.name}${chosen} * ${storage.connected.name}${chosen}`,
      '{{volume}} to {{peer}} from {{instance}}',
      good,
      [0, 41, 12, 8],
    ),
    graph(
      'A test write and its read',
      `{__name__=~"${storage.write.name}|${storage.read.name}",resource=~"$resource"}`,
      '{{__name__}} on {{instance}}',
      's',
      [12, 41, 12, 8],
    ),
    graph(
      'Operations a second',
      `rate(${storage.operations.name}${chosen}[5m])`,
      '{{device}} {{direction}} on {{instance}}',
      'iops',
      [0, 49, 12, 8],
    ),
    graph(
      'Time of one operation',
      `rate(${storage.operationSeconds.name}${chosen}[5m]) / rate(${storage.operations.name}${chosen}[5m])`,
      '{{device}} {{direction}} on {{instance}}',
      's',
      [12, 49, 12, 8],
    ),
    graph(
      'Age of the OCFS2 heartbeat against its limit',
      `${storage.heartbeat.name}${chosen} / ${storage.heartbeatLimit.name}${chosen}`,
      '{{region}} on {{instance}}',
      'percentunit',
      [0, 57, 12, 6],
    ),
    graph(
      'Wait for locks of OCFS2',
      `${storage.lockWait.name}${chosen}`,
      '{{filesystem}} on {{instance}}',
      's',
      [12, 57, 12, 6],
    ),
    row('Drills', 63),
    graph(
      'Outage in the last drill of each kind',
      drill.outage.name,
      '{{kind}} of {{resource}}: {{service}}',
      's',
      [0, 64, 12, 8],
    ),
    graph(
      'Since the last drill of each kind',
      `time() - max by (kind, resource) (${drill.lastRun.name})`,
      '{{kind}} of {{resource}}',
      's',
      [12, 64, 12, 8],
    ),
  ]
  return {
    uid: 'haha-resources',
    title: 'haha: resources, peripherals, storage',
    description: 'Made from the metrics of the package resource-agents-haha.',
    tags: ['pacemaker', 'haha'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: { list: [prometheus, resources] },
    panels: panels.map((panel, at) => ({ ...panel, id: at + 1 })),
  }
}

const datasource = { type: 'prometheus', uid: '$prometheus' }
const chosen = '{resource=~"$resource"}'

const prometheus: VariableModel = {
  name: 'prometheus',
  type: 'datasource',
  query: 'prometheus',
  label: 'Prometheus',
}
const resources: VariableModel = {
  name: 'resource',
  type: 'query',
  label: 'Resource',
  datasource,
  query: `label_values(${resource.active.name}, resource)`,
  includeAll: true,
  multi: true,
  refresh: 2,
  current: { text: 'All', value: '$__all' },
}

/** Left, top, width and height; the whole width is 24. */
type Place = readonly [x: number, y: number, w: number, h: number]

function row(title: string, y: number): RowPanel {
  return { type: 'row', title, collapsed: false, id: 0, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } }
}

function graph(title: string, expr: string, legendFormat: string, unit: string, place: Place): Panel {
  return panel('timeseries', title, expr, legendFormat, { defaults: { unit, min: 0 }, overrides: [] }, place)
}

function states(
  title: string,
  expr: string,
  legendFormat: string,
  colours: FieldConfigSource,
  place: Place,
): Panel {
  return panel('state-timeline', title, expr, legendFormat, colours, place)
}

function panel(
  type: string,
  title: string,
  expr: string,
  legendFormat: string,
  fieldConfig: FieldConfigSource,
  [x, y, w, h]: Place,
): Panel {
  const targets = [{ refId: 'A', datasource, expr, legendFormat }]
  return { type, title, datasource, targets, fieldConfig, gridPos: { x, y, w, h } }
}

/** Which colour 0 and 1 have: what is good may be either. */
const good = coloured('red', 'green')
const bad = coloured('green', 'red')

function coloured(nought: string, one: string): FieldConfigSource {
  const steps = [
    { color: nought, value: null },
    { color: one, value: 1 },
  ]
  return {
    defaults: { unit: 'short', decimals: 0 },
    overrides: [
      {
        matcher: { id: 'byRegexp', options: '.*' },
        properties: [
          { id: 'color', value: { mode: 'thresholds' } },
          { id: 'thresholds', value: { mode: 'absolute', steps } },
        ],
      },
    ],
  }
}
