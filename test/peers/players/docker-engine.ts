import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'

/** A Docker engine with one container, whose first process is real. */
export interface PlayedEngine {
  readonly socketPath: string
  readonly container: { running: () => boolean; policy: string }
  close(): Promise<void>
}

/** @param command what the container runs */
export async function playEngine(
  socketPath: string,
  name: string,
  command: { readonly program: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv },
): Promise<PlayedEngine> {
  let child: ChildProcess | undefined
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null
  const container = { running, policy: 'always' }
  const server = createServer(async (request, reply) => {
    const path = request.url?.split('?')[0] ?? ''
    const answer = (status: number, value?: object) =>
      reply
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(value === undefined ? '' : JSON.stringify(value))
    const id = 'f'.repeat(64)
    const action = new RegExp(`^/containers/(?:${name}|${id})/(\\w+)$`).exec(path)?.[1]
    if (action === undefined) return void answer(404, { message: `No such container: ${path.split('/')[2]}` })
    switch (action) {
      case 'json': {
        const Pid = running() ? child?.pid : 0
        const HostConfig = { RestartPolicy: { Name: container.policy } }
        return void answer(200, { Id: id, State: { Pid, Running: running() }, HostConfig })
      }
      case 'update':
        container.policy = 'no'
        return void answer(200, { Warnings: null })
      case 'start':
        if (running()) return void answer(304)
        child = spawn(command.program, command.args, { env: command.env, stdio: 'ignore', detached: true })
        return void answer(204)
      case 'stop':
        if (!running() || child === undefined) return void answer(304)
        child.kill('SIGTERM')
        await once(child, 'exit')
        return void answer(204)
    }
    answer(404, { message: 'page not found' })
  })
  server.listen(socketPath)
  await once(server, 'listening')
  return {
    socketPath,
    container,
    async close() {
      if (running()) child?.kill('SIGKILL')
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      rmSync(socketPath, { force: true })
    },
  }
}
