import { parseStringPromise } from 'xml2js'

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
}

/** Operations that a configuration states; what else pcs takes from an agent's metadata has no effect in it. */
const STATED = new Set(['start', 'stop', 'monitor', 'promote', 'demote'])

/**
 * What a CIB configures, one line a fact, sorted: ids of parts and the order in which it was written do not
 * show, so the same by crmsh and by pcs gives the same lines.
 */
export async function cibContent(xml: string): Promise<readonly string[]> {
  const parsed: unknown = await parseStringPromise(xml, {
    explicitChildren: true,
    preserveChildrenOrder: true,
    explicitRoot: false,
  })
  const configuration = child(readElement('cib', parsed), 'configuration')
  const facts = [
    ...pairs('property', child(configuration, 'crm_config'), 'cluster_property_set'),
    ...pairs('default', child(configuration, 'rsc_defaults'), 'meta_attributes'),
    ...pairs('op default', child(configuration, 'op_defaults'), 'meta_attributes'),
    ...child(configuration, 'resources').children.flatMap(one => resource(one, '')),
    ...child(configuration, 'constraints').children.map(constraint),
    ...child(configuration, 'fencing-topology').children.map(line),
  ]
  return facts.sort()
}

function resource(element: Element, within: string): readonly string[] {
  const { id = '', class: klass = '', provider, type } = element.attributes
  const meta = pairs(`${id} meta`, element, 'meta_attributes')
  if (element.name !== 'primitive') {
    const members = element.children.filter(one => one.attributes.id !== undefined && isResource(one))
    return [
      ...meta,
      `${within}${element.name} ${id}: ${members.map(one => one.attributes.id).join(' ')}`,
      ...members.flatMap(one => resource(one, `in ${id}: `)),
    ]
  }
  const operations = child(element, 'operations').children.filter(op => STATED.has(op.attributes.name ?? ''))
  return [
    `${within}${id} ${[klass, provider, type].filter(part => part !== undefined).join(':')}`,
    ...pairs(`${id} parameter`, element, 'instance_attributes'),
    ...meta,
    ...operations.map(op => `${id} op ${[line(op), ...pairs('with', op, 'instance_attributes')].join(' ')}`),
  ]
}

const isResource = ({ name }: Element): boolean => ['primitive', 'group', 'clone'].includes(name)

const constraint = (element: Element): string =>
  [line(element), ...element.children.flatMap(rule => [line(rule), ...rule.children.map(line)])].join(' ')

/** An element without its id and without what is meant anyhow. */
function line({ name, attributes }: Element): string {
  const told = Object.entries(attributes).filter(
    ([key, value]) =>
      key !== 'id' &&
      !(key === 'interval' && parseInt(value, 10) === 0) &&
      !(key === 'rsc-role' && value === 'Started'),
  )
  return [name, ...told.map(([key, value]) => `${key}=${value}`).sort()].join(' ')
}

const pairs = (what: string, element: Element, set: string): readonly string[] =>
  child(element, set)
    .children.map(({ attributes }) => `${what} ${attributes.name}=${attributes.value}`)
    .sort()

const child = (element: Element, name: string): Element =>
  element.children.find(one => one.name === name) ?? { name, attributes: {}, children: [] }

function readElement(name: string, value: unknown): Element {
  const fields = entries(value)
  const children = fields.get('$$')
  return {
    name,
    attributes: Object.fromEntries([...entries(fields.get('$'))].map(([key, text]) => [key, String(text)])),
    children: (Array.isArray(children) ? children : [])
      .map(one => readElement(String(entries(one).get('#name')), one))
      .filter(one => !one.name.startsWith('__')),
  }
}

const entries = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
