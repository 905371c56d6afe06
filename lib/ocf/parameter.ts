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

/** What a type adds: how its text is read. */
export interface Kind<T> {
  readonly type: ParameterType
  readonly expected: string
  readonly unit?: string
  readonly choices?: readonly string[]
  /** Gives the value, or undefined when the text is not one. */
  readonly read: (text: string) => T | undefined
}

/** Whether a value must be configured, or what it is otherwise. */
export type Presence = { readonly required?: boolean; readonly default?: string }
/** A parameter that always has a value. */
export type Always = { readonly required: true } | { readonly default: string }

/** Makes a parameter of facts and a type; the constructors of each type call it. */
export function declare<T>(facts: ParameterFacts & Presence, kind: Kind<T>): Parameter<T | undefined> {
  const { required = false, default: defaultText } = facts
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
    ...facts,
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
export const longestText = 65_536

/** Whether a text can stand in one line of a configuration. */
export function isOneLine(text: string): boolean {
  return text.length <= longestText && !text.includes('\n') && !text.includes('\r') && !text.includes('\0')
}
