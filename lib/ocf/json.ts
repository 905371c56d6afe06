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

export function objectAt(value: Json | undefined, key: string): JsonObject | undefined {
  const child = isObject(value) ? value[key] : undefined
  return isObject(child) ? child : undefined
}

export function stringAt(value: Json | undefined, key: string): string | undefined {
  const child = isObject(value) ? value[key] : undefined
  return typeof child === 'string' ? child : undefined
}

export function numberAt(value: Json | undefined, key: string): number | undefined {
  const child = isObject(value) ? value[key] : undefined
  return typeof child === 'number' && Number.isFinite(child) ? child : undefined
}

export function booleanAt(value: Json | undefined, key: string): boolean | undefined {
  const child = isObject(value) ? value[key] : undefined
  return typeof child === 'boolean' ? child : undefined
}

/** The items of an array; none when it is not one. */
export function itemsAt(value: Json | undefined, key: string): readonly Json[] {
  return items(isObject(value) ? value[key] : undefined)
}

export function items(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
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
