import { digestLogin } from './digest-login.ts'
import type { HttpPlayer, PlayedReply, PlayedRequest } from './http-player.ts'
import { hasBasic, playHttp } from './http-player.ts'
import { PlayedOutlet } from './outlets.ts'

/** A played ESPHome device with one switch called "Rack Left". */
export interface EsphomePlayer {
  readonly http: HttpPlayer
  readonly outlets: readonly PlayedOutlet[]
  title: string
  assumedState: boolean
  switched: () => void
}

/** Plays ESPHome's web_server: by object id before 2026.1, by name since. */
export async function playEsphome(
  options: {
    readonly password?: string
    readonly login?: 'basic' | 'digest'
    readonly addressing?: 'name' | 'object id'
  } = {},
): Promise<EsphomePlayer> {
  const { password, login = 'digest', addressing = 'name' } = options
  const outlet = new PlayedOutlet()
  const address = addressing === 'name' ? 'Rack Left' : 'rack_left'
  const digest =
    password === undefined
      ? undefined
      : digestLogin({ username: 'admin', password, realm: 'ESPHome', algorithm: 'MD5' })
  const state = () => ({
    id: `switch${addressing === 'name' ? '/' : '-'}${address}`,
    name: 'Rack Left',
    state: outlet.told() ? 'ON' : 'OFF',
    value: outlet.on,
    assumed_state: player.assumedState,
  })
  const answer = (request: PlayedRequest): PlayedReply => {
    if (password !== undefined && login === 'basic' && !hasBasic(request, 'admin', password))
      return { status: 401, body: '', headers: { 'WWW-Authenticate': 'Basic realm="Login Required"' } }
    const refusal = login === 'digest' ? digest?.(request) : undefined
    if (refusal !== undefined) return refusal
    if (request.path === '/events') {
      const ping = JSON.stringify({ title: player.title, comment: '', ota: true })
      return {
        headers: { 'Content-Type': 'text/event-stream' },
        body: `event: ping\ndata: ${ping}\n\nevent: state\ndata: ${JSON.stringify(state())}\n\n`,
      }
    }
    const [, domain, name, action] = request.path.split('/')
    if (domain !== 'switch' || name !== address) return { status: 404, body: '' }
    if (action === undefined && request.method === 'GET') return { body: JSON.stringify(state()) }
    if (request.method !== 'POST') return { status: 405, body: '' }
    if (request.headers.get('content-type') !== 'application/x-www-form-urlencoded')
      return { status: 415, body: '' }
    if (action !== 'turn_off' && action !== 'turn_on') return { status: 404, body: '' }
    // 200 is not done: the switch follows a moment later.
    setTimeout(() => {
      outlet.set(action === 'turn_on')
      player.switched()
    }, 60)
    return { body: '' }
  }
  const player: EsphomePlayer = {
    http: await playHttp(answer),
    outlets: [outlet],
    title: 'rack-plug',
    assumedState: false,
    switched: () => {},
  }
  return player
}
