import type { HttpPlayer, PlayedReply, PlayedRequest } from './http-player.ts'
import { hasBasic, playHttp } from './http-player.ts'
import { PlayedOutlet } from './outlets.ts'

/** A played management controller of one server. */
export interface RedfishPlayer {
  readonly http: HttpPlayer
  readonly outlets: readonly PlayedOutlet[]
  uuid: string
  /** How long the server takes from ForceOff to Off; it says PoweringOff meanwhile, milliseconds. */
  poweringOffMs: number
  switched: () => void
}

/** Plays the Systems collection and ComputerSystem.Reset (DMTF DSP0266, DSP0268). */
export async function playRedfish(
  options: {
    readonly password?: string
    readonly tls?: { readonly key: string; readonly cert: string }
  } = {},
): Promise<RedfishPlayer> {
  const { password, tls } = options
  const outlet = new PlayedOutlet()
  let powering: 'PoweringOff' | undefined
  const answer = (request: PlayedRequest): PlayedReply => {
    if (password !== undefined && !hasBasic(request, 'fence', password))
      return { status: 401, body: '{}', headers: { 'WWW-Authenticate': 'Basic realm="redfish"' } }
    if (request.path === '/redfish/v1/Systems' || request.path === '/redfish/v1/Systems/')
      return { body: JSON.stringify({ Members: [{ '@odata.id': '/redfish/v1/Systems/1' }] }) }
    if (request.path === '/redfish/v1/Systems/1' || request.path === '/redfish/v1/Systems/1/') {
      const PowerState = powering ?? (outlet.told() ? 'On' : 'Off')
      const Actions = {
        '#ComputerSystem.Reset': {
          target: '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset',
          'ResetType@Redfish.AllowableValues': ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart'],
        },
      }
      return { body: JSON.stringify({ Id: '1', UUID: player.uuid, HostName: 'node1', PowerState, Actions }) }
    }
    if (request.path !== '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset')
      return { status: 404, body: '{}' }
    const { ResetType }: { ResetType?: string } = JSON.parse(request.body)
    if (ResetType === 'ForceOff' && outlet.on && !outlet.stuck) {
      powering = 'PoweringOff'
      setTimeout(() => {
        powering = undefined
        outlet.set(false)
        player.switched()
      }, player.poweringOffMs).unref()
    } else if (ResetType === 'On') outlet.set(true)
    player.switched()
    return { status: 204, body: '' }
  }
  const player: RedfishPlayer = {
    http: await playHttp(answer, tls === undefined ? {} : { tls }),
    outlets: [outlet],
    uuid: '4c4c4544-0000-0001-8000-000000000001',
    poweringOffMs: 150,
    switched: () => {},
  }
  return player
}
