import { randomUUID } from 'node:crypto'

import { rmSync } from 'node:fs'
import { afterEach } from 'vitest'
import { durationsPath } from '../../../lib/ocf/durations.ts'
import { StateFile } from '../../../lib/ocf/state-file.ts'

/** The agent under whose name these tests keep state, beside whatever runs on this machine. */
export const testAgent = 'libtest'

/** Gives each test the state of an instance nobody else has, and removes it afterwards. */
export function ownInstances(): () => StateFile {
  const made: StateFile[] = []
  const names: string[] = []
  afterEach(() => {
    for (const file of made.splice(0)) rmSync(file.path, { force: true, recursive: true })
    for (const name of names.splice(0)) rmSync(durationsPath(testAgent, name), { force: true })
  })
  return () => {
    const name = `t-${randomUUID()}`
    const file = new StateFile(testAgent, name)
    names.push(name)
    made.push(file)
    return file
  }
}

/** The instance's name, as its file has it. */
export function nameOf(file: StateFile): string {
  return file.path.replace(/^.*\/libtest-|\.json$/g, '')
}
