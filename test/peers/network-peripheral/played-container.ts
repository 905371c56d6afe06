import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { AGENT } from './trial.ts'

export const CONTAINER = 'zigbee2mqtt'

export interface PlayedContainer {
  /** Runs the agent where /run has this engine's socket and pid. */
  readonly agent: string
  /** How often the engine was asked. */
  asked(): number
}

/** An engine that answers about one container, whose first process is the one given. */
export async function playContainer(
  finished: (end: () => void) => void,
  folder: string,
  pid: number | undefined,
): Promise<PlayedContainer> {
  const run = join(folder, 'run')
  mkdirSync(join(run, 'resource-agents'), { recursive: true })
  let asked = 0
  const server = createServer((request, reply) => {
    asked += 1
    const known = request.url === `/containers/${CONTAINER}/json`
    const State = { Running: true, Pid: pid }
    reply
      .writeHead(known ? 200 : 404, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(known ? { Id: 'f'.repeat(64), State } : { message: 'No such container' }))
  })
  await new Promise<void>(resolve => server.listen(join(run, 'docker.sock'), resolve))
  finished(() => {
    server.closeAllConnections()
    server.close()
  })
  // The agent takes a pid for the engine's by the name of its process.
  const title = process.title
  process.title = 'dockerd'
  finished(() => {
    process.title = title
  })
  writeFileSync(join(run, 'docker.pid'), `${process.pid}\n`)
  const agent = join(folder, 'agent')
  const mounts = `mount --bind /run/resource-agents ${run}/resource-agents && mount --rbind ${run} /run`
  writeFileSync(
    agent,
    `#!/bin/sh\nexec unshare --mount --propagation private sh -c '${mounts} && exec "$@"' sh ${AGENT} "$@"\n`,
  )
  chmodSync(agent, 0o755)
  return { agent, asked: () => asked }
}
