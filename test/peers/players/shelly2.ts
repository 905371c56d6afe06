import { digestLogin } from './digest-login.ts'
import type { HttpPlayer, PlayedReply, PlayedRequest } from './http-player.ts'
import { playHttp } from './http-player.ts'
import { PlayedOutlet } from './outlets.ts'

/** A played Shelly of the second generation. */
export interface Shelly2Player {
  readonly http: HttpPlayer
  readonly outlets: readonly PlayedOutlet[]
  mac: string
  autoOn: boolean
  initialState: string
  /** Called when a relay was switched. */
  switched: () => void
}

/** Plays RPC over HTTP as Shelly's API documentation describes it. */
export async function playShelly2(
  options: {
    readonly switches?: number
    readonly password?: string
    readonly meter?: boolean
    readonly stale?: number
    /** Firmware 1.x takes a nonce again and again; 2.0 takes it once. */
    readonly firmware?: '1' | '2'
  } = {},
): Promise<Shelly2Player> {
  const { switches = 1, password, meter = true, stale = 0, firmware = '2' } = options
  const realm = 'shellyplus2pm-a8032abe54dc'
  const login =
    password === undefined
      ? undefined
      : digestLogin({ username: 'admin', password, realm, stale, reuse: firmware === '1' })
  const timers = new Map<number, number>()
  const status = (id: number) => {
    const outlet = outlets[id]
    if (outlet === undefined) return undefined
    const seconds = player.autoOn && !outlet.on ? 60 : timers.get(id)
    return {
      id,
      source: 'HTTP_in',
      output: outlet.told(),
      ...(meter ? { apower: outlet.watts, voltage: 230.1 } : {}),
      ...(seconds === undefined ? {} : { timer_started_at: Date.now() / 1000, timer_duration: seconds }),
    }
  }
  const notFound = (id: number): PlayedReply => ({
    status: 500,
    body: JSON.stringify({ code: -105, message: `Argument 'id', value ${id} not found!` }),
  })
  const ok = (value: unknown): PlayedReply => ({ body: JSON.stringify(value) })
  /** JSON-RPC by POST: the same calls in an envelope. */
  const enveloped = (request: PlayedRequest): PlayedReply => {
    const call: { id?: number; method?: string; params?: Record<string, unknown> } = JSON.parse(request.body)
    const query = new URLSearchParams(
      Object.entries(call.params ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const reply = direct({ ...request, path: `/rpc/${call.method ?? ''}`, query })
    if (reply.status !== undefined && reply.status !== 500) return reply
    const outcome = reply.status === 500 ? 'error' : 'result'
    return ok({ id: call.id ?? 0, src: realm, [outcome]: JSON.parse(reply.body) })
  }
  const answer = (request: PlayedRequest): PlayedReply =>
    request.path === '/rpc' && request.method === 'POST' ? enveloped(request) : direct(request)
  const direct = (request: PlayedRequest): PlayedReply => {
    const method = request.path.replace('/rpc/', '').toLowerCase()
    if (method === 'shelly.getdeviceinfo')
      return ok({ name: 'rack', id: realm, mac: player.mac, gen: 2, auth_en: password !== undefined })
    const refusal = login?.(request)
    if (refusal !== undefined) return refusal
    const id = Number(request.query.get('id') ?? 0)
    if (method === 'switch.getstatus') return status(id) === undefined ? notFound(id) : ok(status(id))
    if (method === 'switch.getconfig')
      return ok({
        id,
        name: null,
        initial_state: player.initialState,
        auto_on: player.autoOn,
        auto_on_delay: 60,
        auto_off: false,
      })
    if (method === 'switch.set') return set(request, id)
    if (method === 'shelly.getstatus')
      return ok(Object.fromEntries(outlets.map((_, index) => [`switch:${index}`, status(index)])))
    if (method === 'shelly.getconfig')
      return ok(
        Object.fromEntries(
          outlets.map((_, index) => [`switch:${index}`, { id: index, name: `outlet ${index}` }]),
        ),
      )
    if (method === 'schedule.list') return ok({ jobs: [], rev: 0 })
    return {
      status: 404,
      body: JSON.stringify({ code: -114, message: `Method ${method} failed: No handler` }),
    }
  }
  const set = (request: PlayedRequest, id: number): PlayedReply => {
    const outlet = outlets[id]
    if (outlet === undefined) return notFound(id)
    const was = outlet.on
    outlet.set(request.query.get('on') === 'true')
    timers.delete(id)
    const after = Number(request.query.get('toggle_after'))
    if (after > 0) {
      timers.set(id, after)
      setTimeout(() => {
        if (timers.delete(id)) outlet.set(true)
      }, after * 1000).unref()
    }
    player.switched()
    return ok({ was_on: was })
  }
  const outlets = Array.from({ length: switches }, () => new PlayedOutlet())
  const player: Shelly2Player = {
    http: await playHttp(answer),
    outlets,
    mac: 'A8032ABE54DC',
    autoOn: false,
    initialState: 'restore_last',
    switched: () => {},
  }
  return player
}
