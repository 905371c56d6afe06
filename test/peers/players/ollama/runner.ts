import { writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { readBehaviour } from './faults.ts'
import { playedTokens, realTokens } from './token-maker.ts'

interface Task {
  readonly id: number
  readonly tokens: number
  readonly gone: () => boolean
  readonly reply: ServerResponse
}

/** The played llama-server: one slot, tasks one after the other. */
export async function runRunner(program: string, port: number): Promise<void> {
  const { engine, modelFile } = readBehaviour(program)
  const tokens = engine === '' ? playedTokens(program) : await realTokens(engine, modelFile)
  const waiting: Task[] = []
  let current: { readonly task: Task; decoded: number } | undefined
  let nextTask = 0
  let working = false

  const work = async () => {
    if (working) return
    working = true
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      if (task.gone()) continue
      current = { task, decoded: 0 }
      const begin = performance.now()
      const makeToken = tokens()
      while (current.decoded < task.tokens && !task.gone()) {
        await makeToken()
        current.decoded += 1
      }
      const eval_duration = Math.round((performance.now() - begin) * 1e6)
      task.reply.end(JSON.stringify({ tokens_predicted: current.decoded, eval_duration }))
      current = undefined
    }
    working = false
  }

  const server = createServer((request, reply) => {
    const json = (value: unknown) =>
      reply.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value))
    if (request.url === '/health') return void json({ status: 'ok' })
    if (request.url === '/slots') {
      if (!readBehaviour(program).slots) return void reply.writeHead(404).end('404 page not found\n')
      return void json([
        {
          id: 0,
          n_ctx: 4096,
          speculative: false,
          is_processing: current !== undefined,
          ...(current === undefined
            ? {}
            : {
                id_task: current.task.id,
                next_token: [
                  { has_next_token: true, has_new_line: false, n_remain: -1, n_decoded: current.decoded },
                ],
              }),
        },
      ])
    }
    let body = ''
    request.setEncoding('utf8')
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { hangs, sleepsIn } = readBehaviour(program)
      if (hangs) process.kill(process.pid, 'SIGSTOP')
      if (sleepsIn !== '') writeFileSync(`${sleepsIn}/tensor`, 'x')
      const told: unknown = JSON.parse(body)
      const wanted = typeof told === 'object' && told !== null && 'n_predict' in told ? told.n_predict : 0
      let gone = false
      reply.on('close', () => {
        gone = true
      })
      nextTask += 1
      waiting.push({ id: nextTask, tokens: Number(wanted), gone: () => gone, reply })
      void work()
    })
  })
  process.on('SIGTERM', () => process.exit(0))
  server.listen(port, '127.0.0.1')
}
