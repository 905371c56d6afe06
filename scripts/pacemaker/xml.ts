/** One element of a document. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** What stands in it outside of its children, without the white space around it. */
  readonly text: string
}

/** A text that is not the XML of Pacemaker's tools, with the place where that was seen. */
export class XmlFault extends Error {
  constructor(what: string, at: number) {
    super(`${what} at character ${at}`)
    this.name = 'XmlFault'
  }
}

const between = /[^<]*/y
const skipped = /<\?[^>]*\?>|<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/y
const tag = /<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const pair = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/**
 * Reads elements, attributes and texts, all that crm_mon and cibadmin write. Document types are refused: no tool of
 * Pacemaker writes one, and entities of its own making could grow without bound.
 *
 * @throws XmlFault when it is cut off, wrongly nested or something else
 */
export function parseXml(text: string): XmlElement {
  const top: XmlElement[] = []
  const open: { readonly element: XmlElement & { text: string }; readonly children: XmlElement[] }[] = []
  let at = 0
  while (at < text.length) {
    const words = matchAt(between, text, at)
    const around = open.at(-1)?.element
    if (around !== undefined && words !== undefined)
      around.text = `${around.text}${decoded(words.match[0])}`.trim()
    at = words?.end ?? at
    if (at === text.length) break
    const skip = matchAt(skipped, text, at)
    if (skip !== undefined) {
      at = skip.end
      continue
    }
    const found = matchAt(tag, text, at)
    if (found === undefined) throw new XmlFault('a broken tag', at)
    const [, closing, name = '', attributes = '', empty] = found.match
    if (closing === '/') {
      if (open.pop()?.element.name !== name) throw new XmlFault(`an end of <${name}> that was not open`, at)
    } else {
      const children: XmlElement[] = []
      const element = { name, attributes: readAttributes(attributes), children, text: '' }
      const siblings = open.at(-1)?.children ?? top
      siblings.push(element)
      if (empty !== '/') open.push({ element, children })
    }
    at = found.end
  }
  const [root] = top
  const unclosed = open.at(-1)
  if (unclosed !== undefined) throw new XmlFault(`<${unclosed.element.name}> is not closed`, text.length)
  if (root === undefined || top.length > 1) throw new XmlFault(`${top.length} elements at the top`, 0)
  return root
}

/** Like {@link parseXml}, for who only asks whether it can be read. */
export function readXml(text: string): XmlElement | undefined {
  try {
    return parseXml(text)
  } catch {
    return undefined
  }
}

/** The children of that name. */
export function children(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter(child => child.name === name) ?? []
}

/** The first element down a path of names. */
export function descend(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce((here: XmlElement | undefined, name) => children(here, name)[0], element)
}

/** Every element of these names below, however deep, in the order of the document. */
export function below(element: XmlElement | undefined, ...names: readonly string[]): readonly XmlElement[] {
  const found: XmlElement[] = []
  const waiting = [...(element?.children ?? [])].reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (names.includes(next.name)) found.push(next)
    waiting.push(...[...next.children].reverse())
  }
  return found
}

/** The value of an attribute, empty when it is absent. */
export function attribute(element: XmlElement | undefined, name: string): string {
  return element?.attributes.get(name) ?? ''
}

export function flag(element: XmlElement | undefined, name: string): boolean {
  return attribute(element, name) === 'true'
}

function matchAt(pattern: RegExp, text: string, at: number) {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  return match === null ? undefined : { match, end: at + match[0].length }
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', double, single] of text.matchAll(pair))
    attributes.set(name, decoded(double ?? single ?? ''))
  return attributes
}

const named: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
])

function decoded(value: string): string {
  if (!value.includes('&')) return value
  return value.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return named.get(String(name)) ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
