import type { Json } from '../../lib/ocf/json.ts'
import { at, stringAt } from '../../lib/ocf/json.ts'
import { commonOptions } from '../common-options.ts'
import { answerOf } from '../device-answer.ts'
import type { DriverContext } from '../driver.ts'
import type { HttpClient, HttpReply } from '../http.ts'
import { SwitchFailure } from '../power-switch.ts'

/** Proxmox VE's API over several hosts of one cluster; any of them speaks for all. */
export interface ProxmoxApi {
  /** The `data` of an answer. */
  get(path: string): Promise<Json>
  /** Begins a task; the answer is its UPID. */
  post(path: string): Promise<Json>
  /** Waits for a task to end. @throws SwitchFailure with the task's own words when it ended badly */
  finished(node: string, upid: Json): Promise<void>
}

/** Where there is another host to try, none may take longer to connect; milliseconds. */
const nextHostMs = 1500
const pollMs = 200

/** Opens the API with an API token (username holds `!`) or with a ticket for a password. */
export function openProxmoxApi(context: DriverContext): ProxmoxApi {
  const username = context.read(commonOptions.username) ?? ''
  const password = context.password ?? ''
  const more = context.hosts.length > 1 ? { connectMs: nextHostMs } : undefined
  const token = username.includes('!')
  context.report.keepSecret(`${username}=${password}`)
  const entered = new Map<string, Login>()
  let preferred = 0
  const enter = async (host: string): Promise<Login> => {
    const value = `PVEAPIToken=${username}=${password}`
    const login =
      entered.get(host) ??
      (token
        ? { client: context.http(host, { kind: 'header', name: 'authorization', value }, more), headers: {} }
        : await logIn(context, host, username, password, more))
    entered.set(host, login)
    return login
  }
  const request = async (method: 'GET' | 'POST', path: string): Promise<Json> => {
    let failure: unknown
    for (let tries = 0; tries < context.hosts.length; tries += 1) {
      const index = (preferred + tries) % context.hosts.length
      try {
        const { client, headers } = await enter(context.hosts[index] ?? '')
        const reply = await client.request({
          method,
          path: `/api2/json${path}`,
          accept: [400, 500, 501, 503, 595, 596, 599],
          ...(method === 'POST'
            ? { body: '', headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' } }
            : {}),
        })
        preferred = index
        return dataOf(reply, client.host)
      } catch (cause) {
        if (!(cause instanceof SwitchFailure) || cause.kind === 'final') throw cause
        failure = cause
        // An answer, even a bad one, is the cluster's; only silence sends us to the next host.
        if (cause.status !== undefined) throw cause
      }
    }
    throw failure
  }
  return {
    get: path => request('GET', path),
    post: path => request('POST', path),
    async finished(node, upid) {
      if (typeof upid !== 'string') throw new SwitchFailure('transient', 'proxmox began no task')
      const path = `/nodes/${encodeURIComponent(node)}/tasks/${encodeURIComponent(upid)}/status`
      while (context.budget.leftMs > pollMs) {
        const task = await request('GET', path)
        context.budget.heard()
        const result = stringAt(task, 'exitstatus')
        if (stringAt(task, 'status') === 'stopped') {
          if (result === 'OK' || result?.startsWith('WARNINGS') === true) return
          throw new SwitchFailure('final', `proxmox task failed: ${(result ?? 'no result').slice(0, 90)}`)
        }
        await context.budget.sleep(pollMs)
      }
      throw new SwitchFailure('transient', 'proxmox task did not end in time')
    },
  }
}

interface Login {
  readonly client: HttpClient
  /** What a changing request has to carry beside the cookie. */
  readonly headers: Readonly<Record<string, string>>
}

async function logIn(
  context: DriverContext,
  host: string,
  username: string,
  password: string,
  more: { readonly connectMs: number } | undefined,
): Promise<Login> {
  const body = `username=${encodeURIComponent(username)}&password=${encodeURIComponent(password)}`
  const reply = await context.http(host, { kind: 'none' }, more).request({
    method: 'POST',
    path: '/api2/json/access/ticket',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    accept: [401],
    secretAnswer: true,
  })
  if (reply.status === 401)
    throw new SwitchFailure('final', `proxmox ${host} refuses the login: check username and password`)
  const data = dataOf(reply, host)
  const ticket = stringAt(data, 'ticket')
  const csrf = stringAt(data, 'CSRFPreventionToken') ?? ''
  if (ticket === undefined) throw new SwitchFailure('transient', `proxmox ${host} gave no ticket`)
  context.report.keepSecret(ticket)
  if (csrf !== '') context.report.keepSecret(csrf)
  const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`
  return {
    client: context.http(host, { kind: 'header', name: 'cookie', value: cookie }, more),
    headers: { csrfpreventiontoken: csrf },
  }
}

function dataOf(reply: HttpReply, host: string): Json {
  if (reply.status === 200) {
    const data = at(answerOf(reply.body, `proxmox ${host}`), 'data')
    if (data === undefined) throw new SwitchFailure('transient', `proxmox ${host}: answer without data`)
    return data
  }
  const words = reply.statusText.slice(0, 80)
  if (reply.status === 595 || reply.status === 596 || reply.status === 599)
    throw new SwitchFailure(
      'transient',
      `proxmox ${host}: the guest's host does not answer (${reply.status})`,
      reply.status,
    )
  throw new SwitchFailure(
    refusalKind(words),
    `proxmox ${host}: HTTP ${reply.status} ${words}`.trim(),
    reply.status,
  )
}

/** A lock or a lost quorum does not go away inside a budget; it is told at once, so that the next level can act. */
function refusalKind(words: string): 'transient' | 'final' {
  return /locked|no quorum|does not exist/i.test(words) ? 'final' : 'transient'
}
