import { attribute, below, children, readXml, type XmlElement } from '../pacemaker-xml.ts'

/** A primitive as it is configured. */
export interface Primitive {
  readonly id: string
  /** `ocf:haha:compose-stack`, `stonith:fence_homelab`. */
  readonly agent: string
  /** Instance attributes; of several sets with rules the first that names one counts. */
  readonly parameters: ReadonlyMap<string, string>
  /** The shortest interval of its monitors; undefined: it has none. */
  readonly monitorSeconds: number | undefined
}

/** Devices that fence a node together; levels are tried in the order of their index. */
export interface FencingLevel {
  readonly target: string
  readonly index: number
  readonly devices: readonly string[]
}

/** What a drill needs of the cluster's configuration. */
export interface Configuration {
  readonly primitives: readonly Primitive[]
  /** Ids of constraints that an earlier move or ban left, by the resource they hold. */
  readonly moveConstraints: ReadonlyMap<string, string>
  readonly levels: readonly FencingLevel[]
}

/** Reads what `cibadmin --query` prints; undefined when it is no CIB. */
export function readConfiguration(xml: string): Configuration | undefined {
  const cib = readXml(xml)
  if (cib?.name !== 'cib') return undefined
  const [configuration] = children(cib, 'configuration')
  const [resources] = children(configuration, 'resources')
  const templates = new Map(
    children(resources, 'template').map(template => [attribute(template, 'id'), template]),
  )
  const sets = new Map(below(cib, 'instance_attributes').map(set => [attribute(set, 'id'), set]))
  const constraints = below(configuration, 'rsc_location')
    // What crm_resource --move and --ban make.
    .filter(location => /^cli-(prefer|ban|standby)-/.test(attribute(location, 'id')))
    .map(location => [attribute(location, 'rsc'), attribute(location, 'id')] as const)
  return {
    primitives: below(resources, 'primitive').map(primitive => {
      const template = templates.get(attribute(primitive, 'template'))
      const typed = template ?? primitive
      const agent = ['class', 'provider', 'type']
        .map(name => attribute(typed, name))
        .filter(part => part !== '')
      return {
        id: attribute(primitive, 'id'),
        agent: agent.join(':'),
        parameters: new Map([...parametersOf(template, sets), ...parametersOf(primitive, sets)]),
        monitorSeconds: shortestMonitor([template, primitive]),
      }
    }),
    moveConstraints: new Map(constraints),
    levels: below(configuration, 'fencing-level').map(level => ({
      target: attribute(level, 'target'),
      index: Number(attribute(level, 'index')),
      devices: attribute(level, 'devices')
        .split(',')
        .map(id => id.trim()),
    })),
  }
}

function parametersOf(
  primitive: XmlElement | undefined,
  sets: ReadonlyMap<string, XmlElement>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const written of children(primitive, 'instance_attributes')) {
    const set = sets.get(attribute(written, 'id-ref')) ?? written
    for (const pair of children(set, 'nvpair')) {
      const name = attribute(pair, 'name')
      if (!found.has(name)) found.set(name, attribute(pair, 'value'))
    }
  }
  return found
}

function shortestMonitor(owners: readonly (XmlElement | undefined)[]): number | undefined {
  const intervals = owners
    .flatMap(owner => below(owner, 'op'))
    .filter(op => attribute(op, 'name') === 'monitor')
    .flatMap(op => intervalSeconds(attribute(op, 'interval')) ?? [])
    .filter(seconds => seconds > 0)
  return intervals.length === 0 ? undefined : Math.min(...intervals)
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  s: 1,
  sec: 1,
  ms: 0.001,
  msec: 0.001,
  m: 60,
  min: 60,
  h: 3600,
  hr: 3600,
}

/** Pacemaker's intervals: `20`, `20s`, `500ms`, `1min`. */
function intervalSeconds(text: string): number | undefined {
  const [, number, unit = ''] = /^\s*(\d+)\s*([a-z]*)\s*$/.exec(text) ?? []
  const factor = UNITS[unit]
  return number === undefined || factor === undefined ? undefined : Number(number) * factor
}
