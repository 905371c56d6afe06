/** An element of a document. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** What is written in it outside of its children, without the white space around it. */
  readonly text: string
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[]
  text: string
}

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<!DOCTYPE[^>]*>|<(\/?)([\w:.-]+)((?:[^<>"']|"[^"]*"|'[^']*')*)>|[^<]+/gy
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Reads what Pacemaker's tools print; undefined when it is cut off or broken. */
export function parseXml(text: string): XmlElement | undefined {
  const document: OpenElement = { name: '', attributes: new Map(), children: [], text: '' }
  const open: OpenElement[] = [document]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)
    if (token === null) return undefined
    const [, slash, name, rest = ''] = token
    const parent = open.at(-1)
    if (parent === undefined) return undefined
    if (name === undefined) {
      if (!token[0].startsWith('<')) parent.text = `${parent.text}${plain(token[0])}`.trim()
      continue
    }
    if (slash === '/') {
      if (parent === document || parent.name !== name) return undefined
      open.pop()
      continue
    }
    const element: OpenElement = { name, attributes: attributesOf(rest), children: [], text: '' }
    parent.children.push(element)
    if (!rest.endsWith('/')) open.push(element)
  }
  return open.length === 1 && document.children.length === 1 ? document.children[0] : undefined
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE))
    found.set(name, plain(double ?? single ?? ''))
  return found
}

function plain(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (written, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name] ?? written
    const code = Number(name.startsWith('#x') ? `0x${name.slice(2)}` : name.slice(1))
    return code <= 0x10ffff ? String.fromCodePoint(code) : written
  })
}

/** Children of that name. */
export const childrenNamed = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter(child => child.name === name) ?? []

/** All elements of that name, at any depth, in the order of the document. */
export function elementsNamed(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return (element?.children ?? []).flatMap(child => [
    ...(child.name === name ? [child] : []),
    ...elementsNamed(child, name),
  ])
}

/** Value of an attribute, empty when it is not there. */
export const attribute = (element: XmlElement | undefined, name: string): string =>
  element?.attributes.get(name) ?? ''

export const flag = (element: XmlElement | undefined, name: string): boolean =>
  attribute(element, name) === 'true'
