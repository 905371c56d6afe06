import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Node 18 reads every property of node:fs when it is first loaded, fs.promises among them. */
export const withNodeFs = ['fs/promises', 'timers/promises', 'stream', 'stream/promises', 'string_decoder']

/** Runs the program that an earlier monitor has left compiled. */
export const forKeptCode = 'vm'

/** Tells which of node's built-in modules a run loads. */
export interface ModuleListing {
  /** Arguments of node for that run. */
  readonly preload: readonly string[]
  /** What the last run loaded, node's internal modules left out. @throws Error when there was none */
  loaded(): readonly string[]
}

/** @param folder where it may keep two files */
export function moduleListing(folder: string): ModuleListing {
  const listing = join(folder, 'modules')
  const preload = join(folder, 'list-modules.cjs')
  // Not the event: who ends by reallyExit leaves it out, and process.exit ends by it, too.
  writeFileSync(
    preload,
    `const before = new Set(process.moduleLoadList)
    const leave = process.reallyExit
    process.reallyExit = code => {
      const added = process.moduleLoadList.filter(name => !before.has(name))
      require('node:fs').writeFileSync(${JSON.stringify(listing)}, added.join('\\n'))
      leave.call(process, code)
    }`,
  )
  return {
    preload: ['--require', preload],
    loaded() {
      const text = readFileSync(listing, 'utf8')
      rmSync(listing)
      return text.split('\n').flatMap(line => /^NativeModule (?!internal\/)(.*)$/.exec(line)?.[1] ?? [])
    },
  }
}
