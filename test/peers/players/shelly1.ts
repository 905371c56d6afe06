import type { HttpPlayer, PlayedReply, PlayedRequest } from './http-player.ts'
import { hasBasic, playHttp } from './http-player.ts'
import { PlayedOutlet } from './outlets.ts'

/** A played Shelly of the first generation. */
export interface Shelly1Player {
  readonly http: HttpPlayer
  readonly outlets: readonly PlayedOutlet[]
  mac: string
  autoOnSeconds: number
  switched: () => void
}

/** Plays the HTTP interface of the first generation: /relay/N, /status, /settings, /shelly. */
export async function playShelly1(options: { readonly password?: string } = {}): Promise<Shelly1Player> {
  const { password } = options
  const outlets = [new PlayedOutlet()]
  let timer = 0
  const relay = (outlet: PlayedOutlet) => ({
    ison: outlet.told(),
    has_timer: timer > 0 || (!outlet.on && player.autoOnSeconds > 0),
    timer_remaining: timer,
    source: 'http',
  })
  const answer = (request: PlayedRequest): PlayedReply => {
    if (request.path === '/shelly')
      return { body: JSON.stringify({ type: 'SHPLG-S', mac: player.mac, auth: true }) }
    if (password !== undefined && !hasBasic(request, 'admin', password))
      return {
        status: 401,
        body: '401 Unauthorized',
        headers: { 'WWW-Authenticate': 'Basic realm="shelly"' },
      }
    const number = /^\/relay\/(\d+)$/.exec(request.path)?.[1]
    const outlet = outlets[Number(number)]
    if (number !== undefined) {
      if (outlet === undefined) return { status: 404, body: 'Not Found' }
      const turn = request.query.get('turn')
      if (turn !== null) {
        timer = Number(request.query.get('timer') ?? 0)
        outlet.set(turn === 'on')
        player.switched()
        if (timer > 0)
          setTimeout(() => {
            if (timer > 0) outlet.set(turn !== 'on')
            timer = 0
          }, timer * 1000).unref()
      }
      return { body: JSON.stringify(relay(outlet)) }
    }
    if (request.path === '/status') {
      const meters = outlets.map(({ watts }) => ({
        power: watts,
        is_valid: true,
        timestamp: Math.floor(Date.now() / 1000),
      }))
      return { body: JSON.stringify({ relays: outlets.map(relay), meters, mac: player.mac }) }
    }
    if (request.path === '/settings') {
      const relays = outlets.map(() => ({
        name: 'rack',
        default_state: 'last',
        auto_on: player.autoOnSeconds,
        auto_off: 0,
      }))
      return {
        body: JSON.stringify({
          device: { type: 'SHPLG-S', mac: player.mac, hostname: 'shellyplug' },
          relays,
        }),
      }
    }
    return { status: 404, body: 'Not Found' }
  }
  const player: Shelly1Player = {
    http: await playHttp(answer),
    outlets,
    mac: 'E868E7000001',
    autoOnSeconds: 0,
    switched: () => {},
  }
  return player
}
