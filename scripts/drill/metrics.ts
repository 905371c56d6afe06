import type { DrillSummary } from './record.ts'

interface Metric {
  readonly name: string
  readonly help: string
  readonly value: (drill: DrillSummary) => number | undefined
}

const METRICS: readonly Metric[] = [
  {
    name: 'haha_drill_last_run_timestamp_seconds',
    help: 'When the last drill of the kind made its fault.',
    value: ({ faultMs }) => faultMs / 1000,
  },
  {
    name: 'haha_drill_success',
    help: 'Whether every service answered again and everything was undone.',
    value: ({ ok }) => (ok ? 1 : 0),
  },
  {
    name: 'haha_drill_detection_seconds',
    help: 'From the fault until the cluster knew.',
    value: ({ figures }) => figures.detection,
  },
  {
    name: 'haha_drill_fencing_seconds',
    help: 'From the request until the node counted as fenced.',
    value: ({ figures }) => figures.fencing,
  },
  {
    name: 'haha_drill_take_over_seconds',
    help: 'From the fault until the first resource began on the other node.',
    value: ({ figures }) => figures.takeOver,
  },
  {
    name: 'haha_drill_first_answer_seconds',
    help: 'From the fault until the first service answered again.',
    value: ({ figures }) => figures.firstAnswer,
  },
]

const OUTAGE = 'haha_drill_outage_seconds'

/** The text of haha_drill.prom: the last drill of each kind and resource. */
export function metricsText(drills: readonly DrillSummary[]): string {
  const last = new Map(drills.map(drill => [`${drill.kind} ${drill.resource}`, drill]))
  const lines: string[] = []
  for (const { name, help, value } of METRICS) {
    const samples = [...last.values()].flatMap(drill => {
      const figure = value(drill)
      return figure === undefined ? [] : [`${name}${labels(drill)} ${figure}`]
    })
    if (samples.length > 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples)
  }
  const outages = [...last.values()].flatMap(drill =>
    [...drill.outages].map(
      ([service, length]) =>
        `${OUTAGE}${labels(drill, service)} ${Number.isFinite(length) ? length : '+Inf'}`,
    ),
  )
  if (outages.length > 0)
    lines.push(`# HELP ${OUTAGE} How long a service gave no answer.`, `# TYPE ${OUTAGE} gauge`, ...outages)
  return `${lines.join('\n')}\n`
}

function labels({ kind, resource }: DrillSummary, service?: string): string {
  const pairs = { kind, resource, ...(service === undefined ? {} : { service }) }
  return `{${Object.entries(pairs)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
