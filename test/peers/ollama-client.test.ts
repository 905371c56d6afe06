import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { npmTree } from '../../scripts/engine/npm.ts'
import { eventually } from './eventually.ts'
import { installOllama, type PlayedOllama } from './players/ollama.ts'

/** What the client, which is written for the real server, makes of each answer; in a process of its own. */
const program = `
const { Ollama } = require(process.argv[1])
const client = new Ollama({ host: process.argv[2] })
const failure = promise => promise.then(() => 'none', error => [error.name, error.status_code, error.error])
const model = 'tiny'
;(async () => {
  const loaded = await client.generate({ model, prompt: '', keep_alive: -1 })
  const ps = await client.ps()
  const whole = await client.generate({ model, prompt: '1', raw: true, options: { num_predict: 3, num_ctx: 4096 } })
  let pieces = 0
  for await (const part of await client.generate({ model, prompt: '1', stream: true, options: { num_predict: 3, num_ctx: 4096 } })) pieces += part.response === undefined ? 0 : 1
  process.stdout.write(JSON.stringify({
    version: (await client.version()).version,
    list: (await client.list()).models.map(entry => [entry.name, typeof entry.size, entry.digest.length, entry.details.format]),
    shown: (await client.show({ model })).details.family,
    done: [loaded.done, loaded.done_reason, loaded.response],
    ps: ps.models.map(entry => [entry.model, entry.size_vram === entry.size, entry.context_length, entry.expires_at.slice(0, 4)]),
    whole: [whole.done_reason, whole.eval_count, whole.eval_duration > 0],
    pieces: pieces > 1,
    unknown: await failure(client.generate({ model: 'x', prompt: '1' })),
  }))
})()`

let ollama: PlayedOllama

beforeAll(async () => {
  ollama = await installOllama()
  spawn(ollama.program, ['serve'], {
    env: { HOME: '/root', OLLAMA_HOST: `127.0.0.1:${ollama.port}`, OLLAMA_MODELS: ollama.models },
    stdio: 'ignore',
  })
  await eventually(async () =>
    expect(await (await fetch(`http://127.0.0.1:${ollama.port}/`)).text()).toBe('Ollama is running'),
  )
})
afterAll(() => ollama?.remove())

test('the npm client of Ollama reads every answer of the played server as it reads the real one', async () => {
  const tree = await npmTree(join(import.meta.dirname, 'ollama-client'))
  const client = createRequire(join(tree, 'package.json')).resolve('ollama')
  const { stdout } = await execa(process.execPath, ['-e', program, client, `http://127.0.0.1:${ollama.port}`])
  const read: unknown = JSON.parse(stdout)
  expect(read).toEqual({
    version: '0.33.0',
    list: [
      ['tiny:latest', 'number', 64, 'gguf'],
      ['llama3.2:3b', 'number', 64, 'gguf'],
    ],
    shown: 'llama',
    done: [true, 'load', ''],
    ps: [['tiny:latest', true, 4096, '2319']],
    whole: ['length', 3, true],
    pieces: true,
    unknown: ['ResponseError', 404, "model 'x' not found"],
  })
})

test('a request with another context length restarts the runner and loses the pin, as with the real one', async () => {
  const ask = (body: object) =>
    fetch(`http://127.0.0.1:${ollama.port}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'tiny', stream: false, prompt: '1', ...body }),
    })
  await ask({ prompt: '', keep_alive: -1, options: { num_ctx: 2048 } })
  const [before] = ollama.runners()
  await ask({ options: { num_predict: 1 } })
  const [after] = ollama.runners()
  expect(after?.pid).not.toBe(before?.pid)
  const ps: unknown = await (await fetch(`http://127.0.0.1:${ollama.port}/api/ps`)).json()
  expect(JSON.stringify(ps)).not.toContain('"expires_at":"2319')
})

test('a client that leaves in the middle of its request ends nothing but its own connection', async () => {
  const address = `http://127.0.0.1:${ollama.port}`
  await new Promise<void>(resolve => {
    const socket = connect(ollama.port, '127.0.0.1', () => {
      socket.write('POST /api/generate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
      setTimeout(() => socket.resetAndDestroy(), 100)
    })
    socket.on('close', () => resolve())
  })
  expect(await (await fetch(`${address}/`)).text()).toBe('Ollama is running')
  expect(await (await fetch(`${address}/`)).text()).toBe('Ollama is running')
})
