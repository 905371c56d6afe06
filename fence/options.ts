import type { Parameter } from '../lib/ocf/parameter.ts'
import { ParameterError } from '../lib/ocf/parameter.ts'

/**
 * An option of a fence agent: a typed parameter and what fencing adds to it. One declaration gives
 * parsing, command line, validation, metadata and man page.
 */
export interface FenceOption<out T> {
  readonly parameter: Parameter<T>
  /** Its letter on the command line. */
  readonly letter?: string
  /** The value is never shown; also not in the error about it. */
  readonly secret?: boolean
  /** Accepted for configurations of other agents, and ignored; not in the metadata. */
  readonly hidden?: boolean
}

/** Reads one option of this run. @throws ParameterError naming the option, what it is and what it should be */
export type ReadOption = <T>(option: FenceOption<T>) => T

/** Declares an option. */
export function option<T>(
  parameter: Parameter<T>,
  more: Omit<FenceOption<T>, 'parameter'> = {},
): FenceOption<T> {
  return { parameter, ...more }
}

/** Given options by canonical name (`_`, never `-`), before anything is parsed. */
export type GivenOptions = ReadonlyMap<string, string>

/** A reader of the given options. An empty value counts as not given, as in the other fence agents. */
export function optionReader(given: GivenOptions): ReadOption {
  return <T>({ parameter, secret }: FenceOption<T>): T => {
    const names = [parameter.name, ...(parameter.deprecatedNames ?? [])]
    const text = names.map(name => given.get(name)).find(value => value !== undefined && value !== '')
    try {
      return text === undefined ? parameter.whenAbsent() : parameter.parse(text)
    } catch (cause) {
      if (secret !== true || !(cause instanceof ParameterError)) throw cause
      throw new ParameterError(parameter.name, `the value is not ${parameter.expected}`, parameter.example)
    }
  }
}

/** Whether the option takes a value on the command line; a boolean is a flag there. */
export function takesValue({ parameter }: FenceOption<unknown>): boolean {
  return parameter.type !== 'boolean'
}

/** Every name under which an option may be given. */
export function optionNames({ parameter }: FenceOption<unknown>): readonly string[] {
  return [parameter.name, ...(parameter.deprecatedNames ?? [])]
}

/** The one form of a name: `shell-timeout` is `shell_timeout`. */
export function canonicalName(name: string): string {
  return name.trim().replaceAll('-', '_')
}
