import type { FenceOption, GivenOptions } from './options.ts'
import { canonicalName, optionNames, takesValue } from './options.ts'

/** A command line that cannot be understood; shown with a hint at --help. */
export class UsageError extends Error {}

/**
 * Options as an operator types them: `-o off`, `-ooff`, `--action off`, `--action=off`, `-zv`.
 * @throws UsageError naming the argument, but never a value: it may be a password
 */
export function parseArgvOptions(
  args: readonly string[],
  options: readonly FenceOption<unknown>[],
): GivenOptions {
  const given = new Map<string, string>()
  const rest = [...args]
  const value = (name: string, inline: string | undefined): string => {
    const text = inline ?? rest.shift()
    if (text === undefined) throw new UsageError(`${name} needs a value`)
    return text
  }
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith('--')) {
      const equals = word.indexOf('=')
      const name = canonicalName(word.slice(2, equals < 0 ? undefined : equals))
      const inline = equals < 0 ? undefined : word.slice(equals + 1)
      const known = options.find(candidate => optionNames(candidate).includes(name))
      if (known === undefined)
        throw new UsageError(`unknown option --${name.replace(/[^\w]/g, '?').slice(0, 30)}`)
      given.set(known.parameter.name, takesValue(known) ? value(`--${name}`, inline) : (inline ?? '1'))
    } else if (word.startsWith('-') && word.length > 1) {
      for (let at = 1; at < word.length; at += 1) {
        const letter = word.slice(at, at + 1)
        const known = options.find(candidate => candidate.letter === letter)
        if (known === undefined) throw new UsageError(`unknown option -${letter}`)
        if (takesValue(known)) {
          const inline = word.slice(at + 1)
          given.set(known.parameter.name, value(`-${letter}`, inline === '' ? undefined : inline))
          break
        }
        given.set(known.parameter.name, '1')
      }
    } else throw new UsageError('an argument without an option before it')
  }
  return given
}
