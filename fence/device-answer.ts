import type { Json } from '../lib/ocf/json.ts'
import { parseJson } from '../lib/ocf/json.ts'
import { SwitchFailure } from './power-switch.ts'

/** The JSON that a device answered. @throws SwitchFailure (transient) naming the device when it is none */
export function answerOf(body: string, device: string): Json {
  const answer = parseJson(body)
  if (answer === undefined) throw brokenAnswer(device, body)
  return answer
}

/** The failure of an answer that is not what the device's protocol says. */
export function brokenAnswer(device: string, body: string): SwitchFailure {
  const start = body.slice(0, 40).replace(/[^\x20-\x7e]/g, '?')
  return new SwitchFailure('transient', `${device} gave an answer that cannot be understood: '${start}'`)
}

/**
 * All complete top-level objects of a text in which a device ran several together, in their order.
 * What stands between them is passed over.
 */
export function jsonObjects(body: string): readonly Json[] {
  const objects: Json[] = []
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
      const object = depth === 0 ? parseJson(body.slice(start, index + 1)) : undefined
      if (object !== undefined) objects.push(object)
    }
  }
  return objects
}
