import { SwitchFailure } from './power-switch.ts'

/**
 * The outlets of one node, in the configured order, each once.
 * @throws SwitchFailure when one of them is empty: half a pair of power supplies is not the node
 */
export function splitPlugs(text: string, separator: string): readonly string[] {
  const parts = text.split(separator === '' ? ',' : separator).map(part => part.trim())
  if (parts.includes('')) throw new SwitchFailure('final', 'plug names an empty outlet: check its separators')
  return [...new Set(parts)]
}

/** Whether an operator's `plug` means this name: as it is, with %20 decoded, or with _ for a space. */
export function plugMeans(plug: string, name: string): boolean {
  if (plug === name || plug.replaceAll('_', ' ') === name.replaceAll('_', ' ')) return true
  try {
    return decodeURIComponent(plug) === name
  } catch {
    return false
  }
}

/** A plug that is a whole number within bounds; undefined otherwise. */
export function numberedPlug(plug: string, min: number, max: number): number | undefined {
  if (!/^\d{1,5}$/.test(plug)) return undefined
  const number = Number(plug)
  return number >= min && number <= max ? number : undefined
}
