import {
  type Always,
  declare,
  isOneLine,
  type Parameter,
  type ParameterFacts,
  type Presence,
} from './parameter.ts'
import { wholeNumber } from './whole-number.ts'

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
  const { pattern, shape } = facts
  return declare(facts, {
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
  const { min, max, unit } = facts
  return declare(facts, {
    type: 'integer',
    expected: `a whole number from ${min} to ${max}`,
    ...(unit === undefined ? {} : { unit }),
    read: text => {
      const plain = text.trim()
      const isSigned = plain.startsWith('+') || plain.startsWith('-')
      if (wholeNumber(isSigned ? plain.slice(1) : plain) === undefined) return undefined
      const value = Number(plain)
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

/** One of a few words. */
export function selectParameter<const Choice extends string>(
  facts: ParameterFacts & { readonly default: Choice; readonly choices: readonly Choice[] },
): Parameter<Choice> {
  const { choices } = facts
  const parameter = declare<Choice>(facts, {
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
