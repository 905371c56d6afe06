import { randomUUID } from 'node:crypto'
import type { HttpPlayer, PlayedReply, PlayedRequest } from './http-player.ts'
import { playHttp } from './http-player.ts'
import { PlayedOutlet } from './outlets.ts'

/** A played Proxmox VE cluster with the virtual machine 100 "node1" and the container 101 "ct1". */
export interface ProxmoxPlayer {
  readonly http: HttpPlayer
  /** The virtual machine, then the container. */
  readonly outlets: readonly PlayedOutlet[]
  name: string
  /** The host where the guests are. */
  node: string
  hostOffline: boolean
  lock: string | undefined
  haManaged: boolean
  /** Lists hold records in which fields are missing. */
  sparse: boolean
  taskResult: string
  switched: () => void
  /** Another API host of the same cluster. */
  another(): Promise<HttpPlayer>
}

/** Plays the API of Proxmox VE 8: tokens, tickets, cluster resources, guests, tasks. */
export async function playProxmox(
  options: {
    readonly username?: string
    readonly password?: string
    readonly tls?: { readonly key: string; readonly cert: string }
  } = {},
): Promise<ProxmoxPlayer> {
  const { username = 'fence@pve!ha', password = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', tls } = options
  const secure = tls === undefined ? {} : { tls }
  const vm = new PlayedOutlet()
  const container = new PlayedOutlet()
  const tickets = new Set<string>()
  const tasks = new Map<string, number>()
  const data = (value: unknown): PlayedReply => ({ body: JSON.stringify({ data: value }) })
  const error = (status: number, statusText: string): PlayedReply => ({
    status,
    statusText,
    body: '{"data":null}',
  })
  const mayEnter = (request: PlayedRequest): boolean => {
    if (username.includes('!'))
      return request.headers.get('authorization') === `PVEAPIToken=${username}=${password}`
    const cookie = /PVEAuthCookie=([^;]+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? ''
    if (!tickets.has(decodeURIComponent(cookie))) return false
    return request.method === 'GET' || request.headers.get('csrfpreventiontoken') === 'played-csrf-token'
  }
  const answer = (request: PlayedRequest): PlayedReply => {
    const path = request.path.replace(/^\/api2\/json/, '')
    if (path === '/access/ticket' && request.method === 'POST') {
      const form = new URLSearchParams(request.body)
      if (form.get('username') !== username || form.get('password') !== password)
        return error(401, 'authentication failure')
      const ticket = `PVE:${username}:${randomUUID()}::abc+/==`
      tickets.add(ticket)
      return data({ ticket, CSRFPreventionToken: 'played-csrf-token', username })
    }
    if (!mayEnter(request)) return error(401, 'no such token')
    if (path === '/cluster/resources') return data(resources())
    if (path === '/nodes')
      return data([{ node: player.node, status: player.hostOffline ? 'offline' : 'online' }])
    if (path === `/nodes/${player.node}/qemu`)
      return data([{ vmid: 100, name: player.name, status: vm.on ? 'running' : 'stopped' }])
    const guest = /^\/nodes\/([^/]+)\/(qemu|lxc)\/(\d+)\/status\/(\w+)$/.exec(path)
    if (guest !== null) return guestAnswer(request, guest)
    const task = /^\/nodes\/[^/]+\/tasks\/([^/]+)\/status$/.exec(path)?.[1]
    if (task !== undefined) {
      const polls = (tasks.get(task) ?? 0) + 1
      tasks.set(task, polls)
      return data(polls < 2 ? { status: 'running' } : { status: 'stopped', exitstatus: player.taskResult })
    }
    return error(501, `Method '${request.method} ${path}' not implemented`)
  }
  const resources = (): unknown[] => {
    const place = { node: player.node, ...(player.haManaged ? { hastate: 'started' } : {}) }
    const status = (outlet: PlayedOutlet) =>
      player.hostOffline ? 'unknown' : outlet.on ? 'running' : 'stopped'
    const guests = [
      { id: 'qemu/100', type: 'qemu', vmid: 100, name: player.name, status: status(vm), ...place },
      { id: 'lxc/101', type: 'lxc', vmid: 101, name: 'ct1', status: status(container), ...place },
    ]
    return player.sparse ? [{ id: 'qemu/9' }, { type: 'qemu', vmid: 8 }, null, ...guests] : guests
  }
  const guestAnswer = (request: PlayedRequest, [, node, kind, id, verb]: readonly string[]): PlayedReply => {
    if (player.hostOffline) return error(595, 'No route to host')
    const outlet =
      kind === 'qemu' && id === '100' ? vm : kind === 'lxc' && id === '101' ? container : undefined
    if (outlet === undefined || node !== player.node)
      return error(500, `Configuration file 'nodes/${node}/qemu-server/${id}.conf' does not exist`)
    if (verb === 'current') {
      const lock = player.lock === undefined ? {} : { lock: player.lock }
      return data({
        status: outlet.told() ? 'running' : 'stopped',
        vmid: Number(id),
        name: player.name,
        ha: { managed: player.haManaged ? 1 : 0 },
        ...lock,
      })
    }
    if (request.method !== 'POST') return error(501, 'not implemented')
    if (player.lock !== undefined) return error(500, `VM is locked (${player.lock})`)
    if (player.taskResult === 'OK' && (verb === 'start' || verb === 'stop')) outlet.set(verb === 'start')
    player.switched()
    return data(`UPID:${player.node}:0000:0000:0000:qm${verb}:${id}:${username}:`)
  }
  const player: ProxmoxPlayer = {
    http: await playHttp(answer, secure),
    outlets: [vm, container],
    name: 'node1',
    node: 'pve1',
    hostOffline: false,
    lock: undefined,
    haManaged: false,
    sparse: false,
    taskResult: 'OK',
    switched: () => {},
    another: () => playHttp(answer, secure),
  }
  return player
}
