import type { HttpPlayer, PlayedReply, PlayedRequest } from './http-player.ts'
import { hasBasic, playHttp } from './http-player.ts'
import { PlayedOutlet } from './outlets.ts'

/** A played NETIO socket bar. */
export interface NetioPlayer {
  readonly http: HttpPlayer
  readonly outlets: readonly PlayedOutlet[]
  mac: string
  /** Somebody else asks for a short off; like most firmware it then answers Action 6 (nothing runs). */
  shortOff(index: number, ms: number): void
  switched: () => void
}

/** Plays NETIO's JSON over HTTP: netio.json read and written. */
export async function playNetio(options: { readonly password?: string } = {}): Promise<NetioPlayer> {
  const { password } = options
  const outlets = [new PlayedOutlet(), new PlayedOutlet()]
  const running = new Map<number, NodeJS.Timeout>()
  const shortOff = (index: number, ms: number) => {
    outlets[index]?.set(false)
    const again = () => {
      running.delete(index)
      outlets[index]?.set(true)
    }
    running.set(index, setTimeout(again, ms).unref())
  }
  const answer = (request: PlayedRequest): PlayedReply => {
    if (password !== undefined && !hasBasic(request, 'netio', password))
      return { status: 401, body: '', headers: { 'WWW-Authenticate': 'Basic realm="netio"' } }
    if (request.path !== '/netio.json') return { status: 404, body: '' }
    if (request.method === 'POST') obey(request.body)
    const Outputs = outlets.map((outlet, index) => ({
      ID: index + 1,
      Name: `output_${index + 1}`,
      State: outlet.told() ? 1 : 0,
      Action: 6,
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
      clearTimeout(running.get(ID - 1))
      running.delete(ID - 1)
      if (Action === 0 || Action === 1) outlet.set(Action === 1)
      if (Action === 2) shortOff(ID - 1, Delay)
      player.switched()
    }
  }
  const player: NetioPlayer = {
    http: await playHttp(answer),
    outlets,
    mac: '24:A4:2C:00:00:01',
    shortOff,
    switched: () => {},
  }
  return player
}
