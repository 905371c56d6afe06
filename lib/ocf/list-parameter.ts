import {
  declare,
  longestText,
  type Parameter,
  ParameterError,
  type ParameterFacts,
  type Presence,
  shown,
} from './parameter.ts'

/** One item of a list; the text has no quotes left. Undefined says that it is not a valid item. */
export type ReadItem<T> = (text: string) => T | undefined

/**
 * Items separated by white space or line breaks; quotes (single or double) keep an item with spaces
 * together. `each` reads an item and `itemShape` describes one to the operator.
 */
export function listParameter<T>(
  facts: ParameterFacts & Presence & { readonly each: ReadItem<T>; readonly itemShape: string },
): Parameter<readonly T[]> {
  const { each, itemShape } = facts
  const parameter = declare<readonly T[]>(facts, {
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
    } else if (character.trim() === '') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + character
  }
  if (quote !== '') return undefined
  if (word !== undefined) words.push(word)
  return words
}
