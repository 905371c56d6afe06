import { realpathSync } from 'node:fs'
import { nodeExecutable } from '../nodes.ts'

/** A build of node whose starts are measured. */
export interface Build {
  readonly name: string
  readonly node: string
  /** Node 18 as it is built officially pays a sixth of its start for node:fs alone. */
  readonly isOldest: boolean
}

/** Every build that an agent is promised to run on and that differs in what a start costs. */
export async function allBuilds(): Promise<readonly Build[]> {
  return [
    { name: 'official 18', node: await nodeExecutable('official-18'), isOldest: true },
    { name: 'official 20', node: await nodeExecutable('official-20'), isOldest: false },
    { name: 'official 22', node: realpathSync(process.execPath), isOldest: false },
    { name: "Debian 12's 18", node: await nodeExecutable('debian-12'), isOldest: false },
  ]
}
