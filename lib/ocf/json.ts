/** JSON as it comes from outside: nothing is known of it until it has been looked at. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** Parses text; undefined when it is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJson(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** JSON.parse gives nothing else, but its type does not say so; only the outermost kind is looked at. */
function isJson(value: unknown): value is Json {
  return value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value)
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One step into a value: a key of an object, or an index of an array. */
export type Step = string | number

/** The value at a path, undefined where the path breaks off. */
export function at(value: Json | undefined, ...path: readonly Step[]): Json | undefined {
  let here = value
  for (const step of path) {
    if (typeof step === 'number') here = items(here)[step]
    else here = isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined
  }
  return here
}

export function objectAt(value: Json | undefined, ...path: readonly Step[]): JsonObject | undefined {
  const found = at(value, ...path)
  return isObject(found) ? found : undefined
}

export function stringAt(value: Json | undefined, ...path: readonly Step[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

/** A number written as text does not count. */
export function numberAt(value: Json | undefined, ...path: readonly Step[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** "true" and 1 do not count. */
export function booleanAt(value: Json | undefined, ...path: readonly Step[]): boolean | undefined {
  const found = at(value, ...path)
  return typeof found === 'boolean' ? found : undefined
}

/** The items of an array; none when it is not one. */
export function itemsAt(value: Json | undefined, ...path: readonly Step[]): readonly Json[] {
  return items(at(value, ...path))
}

export function items(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

/** Key and value pairs of an object, none for anything else. */
export function entriesOf(value: Json | undefined): readonly (readonly [string, Json | undefined])[] {
  return isObject(value) ? Object.entries(value) : []
}

/** The string values of an object; other values are left out. */
export function stringsOf(value: Json | undefined): Readonly<Record<string, string>> {
  const strings: Record<string, string> = {}
  if (!isObject(value)) return strings
  for (const [key, child] of Object.entries(value)) if (typeof child === 'string') strings[key] = child
  return strings
}

/** The numeric values of an object; other values are left out. */
export function numbersOf(value: Json | undefined): Readonly<Record<string, number>> {
  const numbers: Record<string, number> = {}
  if (!isObject(value)) return numbers
  for (const [key, child] of Object.entries(value)) {
    if (typeof child === 'number' && Number.isFinite(child)) numbers[key] = child
  }
  return numbers
}
