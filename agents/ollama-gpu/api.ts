import { hostText } from '../../lib/net/address.ts'
import { httpRequest } from '../../lib/net/http.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import { itemsAt, type Json, type JsonObject, numberAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import { type Address, askAt } from './address.ts'

/** The server answered, but with an error. `detail` is its own text. */
export class ServerRefusal extends Error {
  readonly status: number
  readonly detail: string

  constructor(where: string, status: number, detail: string) {
    super(`${where} answered ${status}: ${detail === '' ? 'no reason given' : detail}`)
    this.name = 'ServerRefusal'
    this.status = status
    this.detail = detail
  }
}

/** A model in memory, as /api/ps tells it. */
export interface LoadedModel {
  readonly name: string
  readonly sizeBytes: number
  readonly vramBytes: number
  /** With which it was loaded; older servers do not tell it. */
  readonly contextLength: number | undefined
  readonly expiresAt: string
}

/** What a generation took, by the server's own clock. */
export interface Generation {
  readonly tokens: number
  readonly tokensPerSecond: number | undefined
}

/** Most an answer of the API may hold: a server of another kind may send without end. */
const mostBytes = 1024 * 1024

/** @throws HttpFailure when there is no whole answer in JSON, ServerRefusal when it is an error */
async function call(address: Address, path: string, timeoutMs: number, content?: JsonObject): Promise<Json> {
  const at = askAt(address)
  const where = `Ollama at ${hostText(at.host)}:${at.port}`
  const reply = await httpRequest(at, {
    path,
    timeoutMs,
    maxBytes: mostBytes,
    label: where,
    ...(content === undefined
      ? {}
      : {
          method: 'POST' as const,
          body: JSON.stringify(content),
          headers: { 'Content-Type': 'application/json' },
        }),
  })
  const json = parseJson(reply.text())
  if (reply.status >= 400) throw new ServerRefusal(where, reply.status, stringAt(json, 'error') ?? '')
  if (json === undefined) throw new HttpFailure('broken', `${where} answered ${path} with something not JSON`)
  return json
}

/**
 * Asks for the version: the cheapest answer that only an Ollama gives.
 * @throws HttpFailure, also of kind `broken` when it is a server of another kind
 */
export async function askVersion(address: Address, timeoutMs: number): Promise<string> {
  const version = stringAt(await call(address, '/api/version', timeoutMs), 'version')
  if (version === undefined)
    throw new HttpFailure('broken', `a server that is not Ollama answers at port ${address.port}`)
  return version
}

/** The models in memory. */
export async function listLoaded(address: Address, timeoutMs: number): Promise<readonly LoadedModel[]> {
  const json = await call(address, '/api/ps', timeoutMs)
  return itemsAt(json, 'models').flatMap(entry => {
    const name = stringAt(entry, 'model') ?? stringAt(entry, 'name')
    if (name === undefined) return []
    return [
      {
        name,
        sizeBytes: numberAt(entry, 'size') ?? 0,
        vramBytes: numberAt(entry, 'size_vram') ?? 0,
        contextLength: numberAt(entry, 'context_length'),
        expiresAt: stringAt(entry, 'expires_at') ?? '',
      },
    ]
  })
}

/** @throws ServerRefusal of status 404 when this node does not have the model */
export async function askModel(address: Address, model: string, timeoutMs: number): Promise<void> {
  await call(address, '/api/show', timeoutMs, { model })
}

/** Loads a model and sets how long it stays: an empty prompt makes no token. Returns once it is loaded. */
export async function loadModel(
  address: Address,
  wish: { readonly model: string; readonly keepAlive: string; readonly numCtx: number | undefined },
  timeoutMs: number,
): Promise<void> {
  await call(address, '/api/generate', timeoutMs, {
    model: wish.model,
    prompt: '',
    stream: false,
    // A text without a unit is refused; a bare number is seconds.
    keep_alive: /^-?\d+$/.test(wish.keepAlive) ? Number(wish.keepAlive) : wish.keepAlive,
    ...(wish.numCtx === undefined ? {} : { options: { num_ctx: wish.numCtx } }),
  })
}

/**
 * Makes tokens on a loaded model: with the context length that it is loaded with and without keep_alive,
 * because any other request makes the server restart its runner and forget that the model is pinned.
 */
export async function makeTokens(
  address: Address,
  { name, contextLength }: LoadedModel,
  tokens: number,
  timeoutMs: number,
): Promise<Generation> {
  const json = await call(address, '/api/generate', timeoutMs, {
    model: name,
    prompt: '1',
    raw: true,
    stream: false,
    options: { num_predict: tokens, ...(contextLength === undefined ? {} : { num_ctx: contextLength }) },
  })
  const made = numberAt(json, 'eval_count') ?? 0
  const nanoseconds = numberAt(json, 'eval_duration') ?? 0
  return { tokens: made, tokensPerSecond: nanoseconds > 0 ? made / (nanoseconds / 1e9) : undefined }
}
