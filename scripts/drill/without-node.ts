const GONE = { in_ccm: 'false', crmd: 'offline' } as const
const LEFT = { ...GONE, join: 'down', expected: 'down' } as const

/**
 * The CIB as it would be without a node; undefined when the node has no state in it.
 *
 * crm_simulate could make that change itself (`--node-down`), but then the XML of Pacemaker 3.0.0 ends before
 * what would run where.
 *
 * @param how it left by itself, or it is expected and not there, so that it has to be fenced
 */
export function withoutNode(cib: string, node: string, how: 'left' | 'lost'): string | undefined {
  let found = false
  const changed = cib.replace(/<node_state\s(?:[^<>"]|"[^"]*")*>/g, tag => {
    if (!tag.includes(` uname="${node}"`)) return tag
    found = true
    return Object.entries(how === 'left' ? LEFT : GONE).reduce(
      (text, [name, value]) => text.replace(new RegExp(` ${name}="[^"]*"`), ` ${name}="${value}"`),
      tag,
    )
  })
  return found ? changed : undefined
}
