import { splitWords } from '../lib/ocf/list-parameter.ts'

/** A primitive as crmsh's language states it. */
interface Primitive {
  readonly id: string
  readonly agent: string
  readonly params: readonly string[]
  /** Each: the name of the operation, then its options. */
  readonly operations: readonly (readonly string[])[]
  readonly meta: readonly string[]
}

/** The example of a definition as a command for a shell with crmsh, its line breaks kept. */
export function crmshExample(example: string): string {
  return `crm configure ${withoutPrompt(example)}`
}

/**
 * The same primitive as a command for pcs.
 * @throws Error when the example is not one crmsh primitive
 */
export function pcsExample(example: string): string {
  const { id, agent, params, operations, meta } = readPrimitive(example)
  const parts = [['pcs', 'resource', 'create', id, agent], params]
  operations.forEach((operation, index) => {
    parts.push(index === 0 ? ['op', ...operation] : operation)
  })
  if (meta.length > 0) parts.push(['meta', ...meta])
  return parts
    .filter(part => part.length > 0)
    .map(part => part.map(shellWord).join(' '))
    .join(' \\\n  ')
}

function readPrimitive(example: string): Primitive {
  const words = splitWords(withoutPrompt(example).replaceAll(/\\\n/g, ' '))
  if (words === undefined) throw new Error('example: a quote is never closed')
  const [keyword, id, agent, ...rest] = words
  if (keyword !== 'primitive' || id === undefined || agent === undefined)
    throw new Error(
      `example: expected "primitive <id> ocf:haha:<agent> ...", got '${words.slice(0, 3).join(' ')}'`,
    )
  const params: string[] = []
  const operations: string[][] = []
  const meta: string[] = []
  let section: string[] = params
  for (const word of rest) {
    if (word === 'params') section = params
    else if (word === 'meta') section = meta
    else if (word === 'op') {
      section = []
      operations.push(section)
    } else if (word.includes('=') || (operations.at(-1) === section && section.length === 0))
      section.push(word)
    else throw new Error(`example: '${word}' is neither params, op, meta nor name=value`)
  }
  return { id, agent, params, operations, meta }
}

function withoutPrompt(example: string): string {
  return example.trim().replace(/^crm\s+configure\s+/, '')
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
