import type { HttpPlayer, PlayedReply, PlayedRequest } from './http-player.ts'
import { hasBasic, playHttp } from './http-player.ts'
import { PlayedOutlet } from './outlets.ts'

/** A played NETIO socket bar. */
export interface NetioPlayer {
  readonly http: HttpPlayer
  readonly outlets: readonly PlayedOutlet[]
  mac: string
  switched: () => void
}

/** Plays NETIO's JSON over HTTP: netio.json read and written. */
export async function playNetio(options: { readonly password?: string } = {}): Promise<NetioPlayer> {
  const { password } = options
  const outlets = [new PlayedOutlet(), new PlayedOutlet()]
  const running = new Map<number, number>()
  const answer = (request: PlayedRequest): PlayedReply => {
    if (password !== undefined && !hasBasic(request, 'netio', password))
      return { status: 401, body: '', headers: { 'WWW-Authenticate': 'Basic realm="netio"' } }
    if (request.path !== '/netio.json') return { status: 404, body: '' }
    if (request.method === 'POST') obey(request.body)
    const Outputs = outlets.map((outlet, index) => ({
      ID: index + 1,
      Name: `output_${index + 1}`,
      State: outlet.told() ? 1 : 0,
      Action: running.get(index) ?? 6,
      Delay: 5000,
      Load: outlet.watts,
    }))
    const Agent = {
      Model: 'NETIO PowerPDU 4C',
      DeviceName: 'rack',
      MAC: player.mac,
      NumOutputs: outlets.length,
    }
    return { body: JSON.stringify({ Agent, Outputs }) }
  }
  const obey = (body: string) => {
    const asked: { Outputs?: { ID: number; Action: number; Delay?: number }[] } = JSON.parse(body)
    for (const { ID, Action, Delay = 5000 } of asked.Outputs ?? []) {
      const outlet = outlets[ID - 1]
      if (outlet === undefined) continue
      running.delete(ID - 1)
      if (Action === 0 || Action === 1) outlet.set(Action === 1)
      if (Action === 2) {
        outlet.set(false)
        running.set(ID - 1, 2)
        setTimeout(() => {
          if (running.delete(ID - 1)) outlet.set(true)
        }, Delay).unref()
      }
      player.switched()
    }
  }
  const player: NetioPlayer = {
    http: await playHttp(answer),
    outlets,
    mac: '24:A4:2C:00:00:01',
    switched: () => {},
  }
  return player
}
