import { lockName } from '../host/lock-name.ts'

/** How the file of an instance's figures ends: a resource of that name would share one with another. */
const figures = '.durations'

/**
 * A resource's name as it stands in the names of files, locks and node attributes. Names of letters,
 * digits and `_ . : -` stay as they are; in others every character that could leave a folder is written
 * as its bytes, so that two resources never share their state (`küche` and `käche` were both `k_che`).
 *
 * @returns undefined when there is no name
 */
export function instanceName(text: string | undefined): string | undefined {
  if (text === undefined || text.replaceAll('.', '') === '') return undefined
  let name = lockName(text).replaceAll('%3A', ':')
  for (const character of "!'()*")
    name = name.replaceAll(character, `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return name.endsWith(figures) ? `${name.slice(0, -figures.length)}%2Edurations` : name
}
