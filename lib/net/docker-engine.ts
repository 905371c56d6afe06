import { type Json, parseJson, stringAt } from '../ocf/json.ts'
import { type HttpReply, httpRequest } from './http.ts'
import { HttpFailure } from './http-failure.ts'

/** A Docker engine, reached by its unix socket; paths carry no API version, so the engine uses its own newest. */
export interface Engine {
  readonly socketPath: string
}

/** The engine answered, but not what was asked for. */
export class EngineRefusal extends Error {
  readonly status: number

  constructor(what: string, status: number, detail: string) {
    super(`dockerd refused to ${what}: ${detail === '' ? `HTTP ${status}` : detail}`)
    this.name = 'EngineRefusal'
    this.status = status
  }
}

/** One request. @throws HttpFailure when the engine does not answer, EngineRefusal when it answers with an error */
export async function callEngine(
  engine: Engine,
  what: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  timeoutMs: number,
  content?: Json,
): Promise<HttpReply> {
  const reply = await httpRequest(engine, {
    method,
    path,
    timeoutMs,
    maxBytes: 16 * 1024 * 1024,
    ...(content === undefined
      ? {}
      : { body: JSON.stringify(content), headers: { 'Content-Type': 'application/json' } }),
  })
  if (reply.status >= 400) {
    const message = stringAt(parseJson(reply.text()), 'message')
    throw new EngineRefusal(what, reply.status, message ?? '')
  }
  return reply
}

/** The answer, read. @throws HttpFailure of kind `broken` when it is not JSON */
export function engineJson(engine: Engine, reply: HttpReply): Json {
  const json = parseJson(reply.text())
  if (json === undefined)
    throw new HttpFailure('broken', `${engine.socketPath} gave an answer that is not JSON`)
  return json
}

/** Whether dockerd would start the container again by itself; it must not: after a fence two nodes would run it. */
export async function disarm(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  const policy = { RestartPolicy: { Name: 'no' } }
  await callEngine(engine, 'set a restart policy', 'POST', `/containers/${id}/update`, timeoutMs, policy)
}

/** Starts a container that is created or exited; one that runs already is fine (304). */
export async function startContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  await callEngine(engine, 'start a container', 'POST', `/containers/${id}/start`, timeoutMs)
}

/** Graceful: the container's own stop signal, then SIGKILL after its own grace period. */
export async function stopContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  await tolerateGone(callEngine(engine, 'stop a container', 'POST', `/containers/${id}/stop`, timeoutMs))
}

/** What is gone already (404), stopped already (304 is no error) or being removed (409) is as it should be. */
export async function tolerateGone(request: Promise<unknown>): Promise<void> {
  try {
    await request
  } catch (cause) {
    if (!(cause instanceof EngineRefusal && [403, 404, 409].includes(cause.status))) throw cause
  }
}
