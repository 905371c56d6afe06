import { lockName } from '../host/lock-name.ts'

/**
 * A resource's name as it stands in the names of files, locks and node attributes. Names of letters,
 * digits and `_ . : -` stay as they are; in others every character that could leave a folder is written
 * as its bytes, so that two resources never share their state (`küche` and `käche` were both `k_che`).
 *
 * @returns undefined when there is no name
 */
export function instanceName(text: string | undefined): string | undefined {
  if (text === undefined || /^\.*$/.test(text)) return undefined
  return lockName(text)
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/\.durations$/, '%2Edurations')
}
