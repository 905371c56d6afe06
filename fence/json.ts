import { SwitchFailure } from './power-switch.ts'

/** Parses what a device answered. @throws SwitchFailure (transient) naming the device when it is not JSON */
export function parseJson(body: string, device: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw brokenAnswer(device, body)
  }
}

/** The failure of an answer that is not what the device's protocol says. */
export function brokenAnswer(device: string, body: string): SwitchFailure {
  const start = body.slice(0, 40).replace(/[^\x20-\x7e]/g, '?')
  return new SwitchFailure('transient', `${device} gave an answer that cannot be understood: '${start}'`)
}

/** The value at a path of keys and indexes, undefined where the path breaks off. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = Reflect.get(here, step)
  }
  return here
}

/** The number at a path; a number written as text does not count. */
export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** The text at a path. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

/** The boolean at a path; "true" and 1 do not count. */
export function booleanAt(value: unknown, ...path: readonly (string | number)[]): boolean | undefined {
  const found = at(value, ...path)
  return typeof found === 'boolean' ? found : undefined
}

/** The list at a path, [] when there is none. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** Key and value pairs of an object, [] for anything else. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

/**
 * All complete top-level objects of a text in which a device ran several together, in their order.
 * What stands between them is passed over.
 */
export function jsonObjects(body: string): readonly unknown[] {
  const objects: unknown[] = []
  let depth = 0
  let start = 0
  let inText = false
  for (let index = 0; index < body.length; index += 1) {
    const character = body[index]
    if (inText) {
      if (character === '\\') index += 1
      else if (character === '"') inText = false
    } else if (character === '"') inText = depth > 0
    else if (character === '{') {
      if (depth === 0) start = index
      depth += 1
    } else if (character === '}' && depth > 0) {
      depth -= 1
      if (depth === 0) objects.push(tryParse(body.slice(start, index + 1)))
    }
  }
  return objects.filter(object => object !== undefined)
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
