/**
 * Parameters of a resource, declared once with their types. Pacemaker passes each as
 * OCF_RESKEY_<name> in the environment; {@link Parameter.parse} is the edge where text becomes a value.
 */

export type ParameterType =
  | 'string'
  | 'path'
  | 'integer'
  | 'boolean'
  | 'duration'
  | 'list'
  | 'select'
  | 'secret'

/** What is said about a parameter whatever its type. */
export interface ParameterFacts {
  /** `[a-z][a-z0-9_]*`, as pcs demands. */
  readonly name: string
  readonly shortdesc: string
  /** Paragraphs, separated by an empty line. */
  readonly longdesc: string
  /** A value that works, shown in errors and docs. */
  readonly example: string
  /** Resources that agree in all parameters of a group clash (OCF 1.1 `unique-group`). */
  readonly uniqueGroup?: string
  /** Whether reload-agent applies a change without a restart. */
  readonly reloadable?: boolean
  /** Former names, still accepted, newest first. */
  readonly deprecatedNames?: readonly string[]
}

/** A declared parameter. Values are read through a {@link ReadParameter}, never from the environment. */
export interface Parameter<out T> extends ParameterFacts {
  readonly type: ParameterType
  readonly required: boolean
  /** The default as an operator would write it. */
  readonly defaultText?: string
  /** Unit of a bare number, for the docs. */
  readonly unit?: string
  /** The values a select takes. */
  readonly choices?: readonly string[]
  /** What a valid value looks like, as a phrase: "a whole number from 0 to 10". */
  readonly expected: string
  /** @throws ParameterError when the text is not a value of this parameter */
  parse(text: string): T
  /** The value when nothing was configured. @throws ParameterError when the parameter is required */
  whenAbsent(): T
}

/** Reads one parameter of this run; strict or forgiving, as the life cycle decides. */
export type ReadParameter = <T>(parameter: Parameter<T>) => T

/** A value that cannot be used: which parameter, what is wrong with the value, what would be right. */
export class ParameterError extends Error {
  readonly parameter: string

  constructor(parameter: string, problem: string, example: string) {
    super(`${parameter}: ${problem} (example: ${parameter}=${shown(example)})`)
    this.name = 'ParameterError'
    this.parameter = parameter
  }
}

/** A value made safe for one line of an error: no control characters, not longer than a glance. */
export function shown(text: string, most = 40): string {
  let safe = ''
  for (const character of text) safe += character < ' ' || character === '\x7f' ? '?' : character
  return safe.length > most ? `${safe.slice(0, most)}...` : safe
}

interface Kind<T> {
  readonly type: ParameterType
  readonly expected: string
  readonly unit?: string
  readonly choices?: readonly string[]
  /** Gives the value, or undefined when the text is not one. */
  readonly read: (text: string) => T | undefined
}

type Presence = { readonly required?: boolean; readonly default?: string }
type Always = { readonly required: true } | { readonly default: string }

function declare<T>(facts: ParameterFacts & Presence, kind: Kind<T>): Parameter<T | undefined> {
  const { required = false, default: defaultText, ...rest } = facts
  const wrong = (text: string) =>
    kind.type === 'secret'
      ? new ParameterError(facts.name, `the value is not ${kind.expected}`, facts.example)
      : new ParameterError(facts.name, `'${shown(text)}' is not ${kind.expected}`, facts.example)
  const parse = (text: string): T => {
    if (text.includes('\0')) throw wrong(text)
    const value = kind.read(text)
    if (value === undefined) throw wrong(text)
    return value
  }
  return {
    ...rest,
    type: kind.type,
    required,
    ...(defaultText === undefined ? {} : { defaultText }),
    ...(kind.unit === undefined ? {} : { unit: kind.unit }),
    ...(kind.choices === undefined ? {} : { choices: kind.choices }),
    expected: kind.expected,
    parse,
    whenAbsent() {
      if (defaultText !== undefined) return parse(defaultText)
      if (required) throw new ParameterError(facts.name, 'is required and not set', facts.example)
      return undefined
    },
  }
}

/** Longest text any parameter takes; more than a kernel hands over in one variable is never meant. */
const longestText = 65_536

/** Free text of one line, optionally of a shape; `shape` describes the pattern to the operator. */
export function stringParameter(
  facts: ParameterFacts & Always & { readonly pattern?: RegExp; readonly shape?: string },
): Parameter<string>
export function stringParameter(
  facts: ParameterFacts & { readonly pattern?: RegExp; readonly shape?: string },
): Parameter<string | undefined>
export function stringParameter(
  facts: ParameterFacts & Presence & { readonly pattern?: RegExp; readonly shape?: string },
): Parameter<string | undefined> {
  const { pattern, shape, ...rest } = facts
  return declare(rest, {
    type: 'string',
    expected: shape ?? 'one line of text',
    read: text => (isOneLine(text) && (pattern?.test(text) ?? true) ? text : undefined),
  })
}

/** An absolute path without `..`; kept as written but for a trailing slash. */
export function pathParameter(facts: ParameterFacts & Always): Parameter<string>
export function pathParameter(facts: ParameterFacts): Parameter<string | undefined>
export function pathParameter(facts: ParameterFacts & Presence): Parameter<string | undefined> {
  return declare(facts, {
    type: 'path',
    expected: 'an absolute path without ".."',
    read: text => {
      if (!isOneLine(text) || text.length > 4096 || !text.startsWith('/')) return undefined
      const parts = text.split('/').filter(part => part !== '' && part !== '.')
      return parts.includes('..') ? undefined : `/${parts.join('/')}`
    },
  })
}

/** A whole number within bounds, both included. */
export function integerParameter(
  facts: ParameterFacts & Always & { readonly min: number; readonly max: number; readonly unit?: string },
): Parameter<number>
export function integerParameter(
  facts: ParameterFacts & { readonly min: number; readonly max: number; readonly unit?: string },
): Parameter<number | undefined>
export function integerParameter(
  facts: ParameterFacts & Presence & { readonly min: number; readonly max: number; readonly unit?: string },
): Parameter<number | undefined> {
  const { min, max, unit, ...rest } = facts
  return declare(rest, {
    type: 'integer',
    expected: `a whole number from ${min} to ${max}`,
    ...(unit === undefined ? {} : { unit }),
    read: text => {
      if (!/^[+-]?\d{1,15}$/.test(text.trim())) return undefined
      const value = Number(text.trim())
      return value >= min && value <= max ? value : undefined
    },
  })
}

/** Yes or no in any case, and the spellings that Pacemaker's own shell functions take (ocf_is_true). */
export function booleanParameter(facts: ParameterFacts & Always): Parameter<boolean>
export function booleanParameter(facts: ParameterFacts): Parameter<boolean | undefined>
export function booleanParameter(facts: ParameterFacts & Presence): Parameter<boolean | undefined> {
  return declare(facts, { type: 'boolean', expected: 'a boolean (true or false)', read: readBoolean })
}

function readBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (['yes', 'true', '1', 'on', 'ja', 'y', 't'].includes(word)) return true
  if (['no', 'false', '0', 'off', 'nein', 'n', 'f'].includes(word)) return false
  return undefined
}

const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  usec: 0.001,
  ms: 1,
  msec: 1,
  '': 1000,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  d: 86_400_000,
}

/** A time as Pacemaker writes it (`30s`, `2min`, a bare number is seconds); the value is milliseconds. */
export function durationParameter(
  facts: ParameterFacts & Always & { readonly minMs?: number; readonly maxMs?: number },
): Parameter<number>
export function durationParameter(
  facts: ParameterFacts & { readonly minMs?: number; readonly maxMs?: number },
): Parameter<number | undefined>
export function durationParameter(
  facts: ParameterFacts & Presence & { readonly minMs?: number; readonly maxMs?: number },
): Parameter<number | undefined> {
  const { minMs = 0, maxMs = 31_536_000_000, ...rest } = facts
  return declare(rest, {
    type: 'duration',
    expected: `a time from ${durationText(minMs)} to ${durationText(maxMs)}`,
    unit: 'seconds',
    read: text => {
      const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)$/.exec(text.trim().toLowerCase())
      const factor = match?.[2] === undefined ? undefined : unitMs[match[2]]
      if (match?.[1] === undefined || factor === undefined) return undefined
      const value = Math.round(Number(match[1]) * factor)
      return value >= minMs && value <= maxMs ? value : undefined
    },
  })
}

/** Milliseconds as an operator would write them in a configuration. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s'
  for (const [unit, factor] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const) {
    if (ms % factor === 0) return `${ms / factor}${unit}`
  }
  return `${ms}ms`
}

/** One item of a list; the text has no quotes left. Undefined says that it is not a valid item. */
export type ReadItem<T> = (text: string) => T | undefined

/**
 * Items separated by white space or line breaks; quotes (single or double) keep an item with spaces
 * together. `each` reads an item and `itemShape` describes one to the operator.
 */
export function listParameter<T>(
  facts: ParameterFacts & Presence & { readonly each: ReadItem<T>; readonly itemShape: string },
): Parameter<readonly T[]> {
  const { each, itemShape, ...rest } = facts
  const parameter = declare<readonly T[]>(rest, {
    type: 'list',
    expected: `a list of ${itemShape}`,
    read: text => {
      const words = text.length > longestText ? undefined : splitWords(text)
      if (words === undefined) return undefined
      const items: T[] = []
      for (const word of words) {
        const item = each(word)
        if (item === undefined)
          throw new ParameterError(facts.name, `'${shown(word)}' is not ${itemShape}`, facts.example)
        items.push(item)
      }
      return items.length === 0 && facts.required === true ? undefined : items
    },
  })
  return {
    ...parameter,
    parse: text => parameter.parse(text) ?? [],
    whenAbsent: () => parameter.whenAbsent() ?? [],
  }
}

/** Splits at white space, honouring quotes; undefined when a quote is never closed. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = ''
      else word = (word ?? '') + character
    } else if (character === '"' || character === "'") {
      quote = character
      word = word ?? ''
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + character
  }
  if (quote !== '') return undefined
  if (word !== undefined) words.push(word)
  return words
}

/** One of a few words. */
export function selectParameter<const Choice extends string>(
  facts: ParameterFacts & { readonly default: Choice; readonly choices: readonly Choice[] },
): Parameter<Choice> {
  const { choices, ...rest } = facts
  const parameter = declare<Choice>(rest, {
    type: 'select',
    expected: `one of ${choices.join(', ')}`,
    choices,
    read: text => choices.find(choice => choice === text.trim()),
  })
  const fallback = facts.default
  return {
    ...parameter,
    parse: text => parameter.parse(text) ?? fallback,
    whenAbsent: () => fallback,
  }
}

/**
 * A secret. Pacemaker hides parameters by NAME only (password, passwd, user), so the name must be one
 * of these; the value is never shown, logged or kept in a state file.
 */
export function secretParameter(
  facts: ParameterFacts & { readonly name: 'password' | 'passwd' },
): Parameter<string | undefined> {
  return declare(facts, {
    type: 'secret',
    expected: 'one line of text',
    read: text => (isOneLine(text) ? text : undefined),
  })
}

function isOneLine(text: string): boolean {
  return text.length <= longestText && !/[\r\n\0]/.test(text)
}
