import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { readBehaviour } from './faults.ts'

interface Loaded {
  readonly model: string
  readonly numCtx: number
  readonly runner: ChildProcess
  readonly port: number
  expiresAt: Date
  timer: NodeJS.Timeout | undefined
}

const defaultCtx = 4096
const fiveMinutes = 5 * 60_000
/** What a real server shows for keep_alive -1: the longest time that Go counts. */
const forever = new Date('2319-03-01T12:00:00Z')
const modelBytes = 2_000_000_000

/** The played `ollama serve`: the answers of 0.33, and one real child process for the loaded model. */
export function runServer(program: string): void {
  const listen = process.env.OLLAMA_HOST ?? '127.0.0.1:11434'
  const port = Number(listen.split(':').at(-1))
  const host = listen.slice(0, listen.lastIndexOf(':')).replace(/^\[|\]$/g, '')
  const began = Date.now()
  const { fatal } = readBehaviour(program)
  if (fatal !== '') {
    process.stderr.write(`${fatal}\n`)
    process.exit(1)
  }
  let loaded: Loaded | undefined
  let queue: Promise<unknown> = Promise.resolve()

  const unload = async () => {
    const old = loaded
    loaded = undefined
    if (old === undefined) return
    clearTimeout(old.timer)
    // Without limit, as the real one waits for a runner that hangs.
    if (old.runner.exitCode === null && old.runner.signalCode === null) {
      old.runner.kill('SIGTERM')
      await once(old.runner, 'exit')
    }
  }
  const keep = (entry: Loaded, keepAlive: unknown) => {
    if (keepAlive === undefined) return
    const ms = durationMs(keepAlive)
    clearTimeout(entry.timer)
    entry.expiresAt = ms < 0 ? forever : new Date(Date.now() + ms)
    entry.timer = ms < 0 || ms > 2 ** 31 ? undefined : setTimeout(() => void unload(), ms)
  }
  const load = async (model: string, numCtx: number, keepAlive: unknown): Promise<Loaded> => {
    const alive = loaded !== undefined && loaded.runner.exitCode === null && loaded.runner.signalCode === null
    if (loaded !== undefined && alive && loaded.model === model && loaded.numCtx === numCtx) {
      keep(loaded, keepAlive)
      return loaded
    }
    await unload()
    const { loadError, loadMs } = readBehaviour(program)
    await pause(loadMs)
    if (loadError !== '') throw new Error(loadError)
    const runnerPort = await freePort()
    const folder = process.env.OLLAMA_MODELS ?? `${process.env.HOME}/.ollama/models`
    const args = [
      program,
      'runner',
      '--model',
      `${folder}/blobs/sha256-${model}`,
      '--port',
      String(runnerPort),
    ]
    const runner = spawn(process.execPath, args, { stdio: 'ignore' })
    const entry: Loaded = { model, numCtx, runner, port: runnerPort, expiresAt: new Date(), timer: undefined }
    await answering(runnerPort)
    loaded = entry
    keep(entry, keepAlive ?? fiveMinutes / 1000)
    return entry
  }

  const generate = async (body: unknown, reply: ServerResponse, gone: () => boolean) => {
    const model = tagged(String(field(body, 'model') ?? ''))
    if (!readBehaviour(program).models.includes(model))
      return json(reply, 404, { error: `model '${String(field(body, 'model'))}' not found` })
    const numCtx = Number(field(field(body, 'options'), 'num_ctx') ?? defaultCtx)
    const turn = queue.then(() => load(model, numCtx, field(body, 'keep_alive')))
    queue = turn.catch(() => undefined)
    const begin = performance.now()
    let entry: Loaded
    try {
      entry = await turn
    } catch (cause) {
      return json(reply, 500, { error: cause instanceof Error ? cause.message : String(cause) })
    }
    const common = { model, created_at: new Date().toISOString() }
    if (field(body, 'prompt') === undefined || field(body, 'prompt') === '')
      return json(reply, 200, { ...common, response: '', done: true, done_reason: 'load' })
    const tokens = Number(field(field(body, 'options'), 'num_predict') ?? 128)
    const made = await ask(entry.port, tokens, gone)
    const facts = {
      ...common,
      response: 'a '.repeat(tokens),
      done: true,
      done_reason: 'length',
      context: [1, 2],
      total_duration: Math.round((performance.now() - begin) * 1e6),
      load_duration: 1_000_000,
      prompt_eval_count: 1,
      prompt_eval_duration: 1_000_000,
      eval_count: tokens,
      eval_duration: Number(field(made, 'eval_duration') ?? 1),
    }
    if (field(body, 'stream') !== false) {
      const first = { ...common, response: 'a ', done: false }
      reply.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
      return reply.end(`${JSON.stringify(first)}\n${JSON.stringify({ ...facts, response: '' })}\n`)
    }
    return json(reply, 200, facts)
  }

  const answer = async (request: IncomingMessage, reply: ServerResponse) => {
    const { answers, discoveryMs } = readBehaviour(program)
    await pause(Math.max(0, began + discoveryMs - Date.now()))
    const body = await bodyOf(request)
    if (answers === 'none') return
    if (answers === 'stranger') return void reply.writeHead(200).end('<html>hello</html>')
    if (answers === 'error') return void json(reply, 503, { error: 'server busy, please try again' })
    if (answers === 'cut-off') {
      reply.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 4000 })
      reply.write('{"version":"0.33')
      return void setTimeout(() => request.socket.destroy(), 20)
    }
    if (answers === 'endless') return void pour(reply)
    let gone = false
    reply.on('close', () => {
      gone = true
    })
    switch (request.url) {
      case '/':
        return void reply.writeHead(200, { 'Content-Type': 'text/plain' }).end('Ollama is running')
      case '/api/version':
        return void json(reply, 200, { version: '0.33.0' })
      case '/api/tags':
        return void json(reply, 200, { models: readBehaviour(program).models.map(listed) })
      case '/api/ps': {
        const share = readBehaviour(program).vramShare
        const models = loaded === undefined ? [] : [running(loaded, share)]
        return void json(reply, 200, { models })
      }
      case '/api/show': {
        const model = tagged(String(field(body, 'model') ?? ''))
        return readBehaviour(program).models.includes(model)
          ? void json(reply, 200, { modelfile: '', details: details(), model_info: {} })
          : void json(reply, 404, { error: `model '${String(field(body, 'model'))}' not found` })
      }
      case '/api/generate':
        return void (await generate(body, reply, () => gone))
    }
    reply.writeHead(404, { 'Content-Type': 'text/plain' }).end('404 page not found')
  }
  // A client that leaves in the middle of its request ends nothing but its own connection.
  const server = createServer((request, reply) => void answer(request, reply).catch(() => reply.destroy()))
  server.on('error', error => {
    process.stderr.write(`Error: listen tcp ${listen}: bind: ${error.message}\n`)
    process.exit(1)
  })
  process.on('SIGTERM', () => void unload().then(() => process.exit(0)))
  server.listen(port, host)
}

function listed(name: string) {
  const modified_at = '2026-01-01T00:00:00Z'
  return { name, model: name, modified_at, size: modelBytes, digest: 'a'.repeat(64), details: details() }
}

function running({ model, expiresAt, numCtx }: Loaded, share: number) {
  const { modified_at: _, ...facts } = listed(model)
  const expires_at = expiresAt.toISOString()
  return { ...facts, expires_at, size_vram: Math.round(modelBytes * share), context_length: numCtx }
}

function details() {
  const families = ['llama']
  return {
    parent_model: '',
    format: 'gguf',
    family: 'llama',
    families,
    parameter_size: '3.2B',
    quantization_level: 'Q4_K_M',
  }
}

function tagged(model: string): string {
  return model.includes(':') ? model : `${model}:latest`
}

/** Seconds, or a text with a unit; negative is for ever. */
function durationMs(text: unknown): number {
  if (typeof text === 'number') return text * 1000
  const [, count = '5', unit = 'm'] = /^(-?\d+)(ms|s|m|h)$/.exec(String(text)) ?? []
  return Number(count) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 1000)
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function json(reply: ServerResponse, status: number, value: unknown): void {
  reply.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value))
}

function pour(reply: ServerResponse): void {
  reply.writeHead(200, { 'Content-Type': 'application/json' })
  const more = () => {
    while (!reply.destroyed && reply.write(' '.repeat(65_536)));
  }
  reply.on('drain', more)
  more()
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) text += chunk
  const parsed: unknown = text === '' ? undefined : JSON.parse(text)
  return parsed
}

async function freePort(): Promise<number> {
  const probe = createTcpServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function answering(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (open) return
    await pause(10)
  }
}

/** Hands a generation to the runner; it ends there when the client has left. */
function ask(port: number, tokens: number, gone: () => boolean): Promise<unknown> {
  return new Promise(resolve => {
    const request = httpRequest(
      { port, host: '127.0.0.1', path: '/completion', method: 'POST' },
      async reply => {
        resolve(await bodyOf(reply).catch(() => undefined))
      },
    )
    request.on('error', () => resolve(undefined))
    const watch = setInterval(() => {
      if (gone()) request.destroy()
    }, 20)
    request.on('close', () => clearInterval(watch))
    request.end(JSON.stringify({ n_predict: tokens }))
  })
}
