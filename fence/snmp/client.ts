import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Budget } from '../budget.ts'
import { SwitchFailure } from '../power-switch.ts'
import { BerError, elements, inside, integer, octets, sequence } from './ber.ts'
import type { Security } from './message-v3.ts'
import { openMessage, sealMessage } from './message-v3.ts'
import type { Response, VarBind } from './pdu.ts'
import { decodePdu, encodePdu, PduType } from './pdu.ts'
import type { AuthProtocol } from './usm.ts'
import { localizedKey } from './usm.ts'

/** Whose name is asked in. */
export type SnmpLogin =
  | { readonly version: '2c'; readonly community: string }
  | {
      readonly version: '3'
      readonly user: string
      readonly protocol: AuthProtocol
      readonly authPassword: string
      readonly privacyPassword: string | undefined
    }

/** SNMP with one agent, one request at a time. Every method throws a SwitchFailure. */
export interface SnmpClient {
  /** Undefined where the agent has no such object. */
  get(oid: string): Promise<number | Buffer | undefined>
  set(oid: string, value: number): Promise<void>
  /** Everything below an object, at most `most` entries. */
  walk(oid: string, most: number): Promise<readonly VarBind[]>
}

/** A datagram may be lost: it is sent again after this, milliseconds. */
const resendMs = 800

/** Reports of the user-based security model that more tries do not help against (RFC 3414 5). */
const finalReports: Readonly<Record<string, string>> = {
  '1.3.6.1.6.3.15.1.1.1.0': 'does not offer this security level',
  '1.3.6.1.6.3.15.1.1.3.0': 'does not know the user',
  '1.3.6.1.6.3.15.1.1.5.0': 'refuses the password (wrong digest)',
  '1.3.6.1.6.3.15.1.1.6.0': 'cannot decrypt: check snmp_priv_passwd',
}

export function createSnmpClient(target: {
  readonly host: string
  readonly port: number
  readonly login: SnmpLogin
  readonly budget: Budget
  readonly detail: (line: string) => void
}): SnmpClient {
  const { host, login, budget, detail } = target
  let security: Security | undefined
  const ask = async (type: 'get' | 'set' | 'getBulk', name: string, value: number): Promise<Response> => {
    detail(`> snmp ${type} ${host} ${name}${type === 'set' ? ` = ${value}` : ''}`)
    const response =
      login.version === '2c'
        ? await askOpen(target, login.community, type, name, value)
        : await askV3(type, name, value)
    detail(`< snmp error ${response.errorStatus}, ${response.variables.length} value(s)`)
    budget.heard()
    return response
  }
  const askV3 = async (type: 'get' | 'set' | 'getBulk', name: string, value: number): Promise<Response> => {
    if (login.version !== '3') throw new SwitchFailure('final', 'no SNMPv3 login')
    const requestId = randomInt(1, 2 ** 31 - 1)
    for (let tries = 0; tries < 3; tries += 1) {
      security ??= await discover(target, login)
      const known = security
      const message = sealMessage(requestId, known, encodePdu(type, requestId, name, value))
      const opened = await exchange(target, message, bytes => {
        const answer = openMessage(bytes, known)
        return answer.messageId === requestId ? answer : undefined
      })
      const response = decodePdu(opened.pdu)
      if (response.type === PduType.report) {
        const reason = finalReports[response.variables[0]?.oid ?? '']
        if (reason !== undefined) throw new SwitchFailure('final', `${host} ${reason}`)
        // Outside the time window, or another engine: what it says of itself is the new truth.
        security = undefined
      } else if (!opened.authenticated)
        throw new SwitchFailure('transient', `${host} gave an answer that is not authenticated`)
      else if (response.requestId === requestId) return response
    }
    throw new SwitchFailure('transient', `${host} gave no answer that fits the question`)
  }
  return {
    async get(name) {
      const { errorStatus, variables } = await ask('get', name, 0)
      if (errorStatus !== 0) throw refused(host, errorStatus, name)
      const found = variables[0]
      if (found?.oid !== name) throw new SwitchFailure('transient', `${host} answered another question`)
      return found.value
    },
    async set(name, value) {
      const { errorStatus } = await ask('set', name, value)
      if (errorStatus !== 0) throw refused(host, errorStatus, name)
    },
    async walk(name, most) {
      const found: VarBind[] = []
      for (let at = name; found.length < most; ) {
        const { errorStatus, variables } = await ask('getBulk', at, 20)
        if (errorStatus !== 0) throw refused(host, errorStatus, name)
        const below = variables.filter(
          variable => variable.oid.startsWith(`${name}.`) && variable.value !== undefined,
        )
        found.push(...below)
        const last = below.at(-1)?.oid
        if (below.length < variables.length || last === undefined || last === at) break
        at = last
      }
      return found
    },
  }
}

async function askOpen(
  target: { host: string; port: number; budget: Budget },
  community: string,
  type: 'get' | 'set' | 'getBulk',
  name: string,
  value: number,
): Promise<Response> {
  const requestId = randomInt(1, 2 ** 31 - 1)
  const message = sequence(integer(1), octets(community), encodePdu(type, requestId, name, value))
  return exchange(target, message, bytes => {
    const [, , pdu] = inside(elements(bytes)[0], 3)
    const response = pdu === undefined ? undefined : decodePdu(pdu)
    return response?.type === PduType.response && response.requestId === requestId ? response : undefined
  })
}

/** Asks an engine who it is, which anybody may, and makes the keys that fit it. */
async function discover(
  target: { host: string; port: number; budget: Budget },
  login: Extract<SnmpLogin, { version: '3' }>,
): Promise<Security> {
  const nobody = {
    engineId: Buffer.alloc(0),
    time: { boots: 0, seconds: 0 },
    user: '',
    auth: undefined,
    privacyKey: undefined,
  }
  const messageId = randomInt(1, 2 ** 31 - 1)
  const message = sealMessage(messageId, nobody, encodePdu('get', messageId, '1.3.6.1.6.3.15.1.1.4.0', 0))
  const { engineId, time } = await exchange(target, message, bytes => {
    const answer = openMessage(bytes, nobody)
    return answer.messageId === messageId && answer.engineId.length > 0 ? answer : undefined
  })
  const { protocol, privacyPassword } = login
  return {
    engineId,
    time,
    user: login.user,
    auth: { protocol, key: localizedKey(protocol, login.authPassword, engineId) },
    privacyKey: privacyPassword === undefined ? undefined : localizedKey(protocol, privacyPassword, engineId),
  }
}

/** Sends a datagram, again and again, until `accept` takes an answer; others are passed over. */
function exchange<T>(
  { host, port, budget }: { host: string; port: number; budget: Budget },
  message: Buffer,
  accept: (bytes: Buffer) => T | undefined,
): Promise<T> {
  budget.check(`a request to ${host}`)
  const limitMs = Math.min(budget.limits.requestMs, budget.leftMs)
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    let broken = ''
    const finish = (act: () => void) => {
      clearInterval(again)
      clearTimeout(timer)
      socket.close()
      act()
    }
    const fail = (what: string) =>
      finish(() => reject(new SwitchFailure('transient', `${host}:${port} ${what}`)))
    const send = () => socket.send(message)
    const timer = setTimeout(
      () => fail(`does not answer SNMP in ${(limitMs / 1000).toFixed(1)} s${broken}`),
      limitMs,
    )
    const again = setInterval(send, resendMs)
    socket.on('error', cause => {
      // A refused datagram may be an agent that restarts; the next one is sent all the same.
      if ('code' in cause && cause.code === 'ECONNREFUSED') broken = ' (refused)'
      else fail(`cannot be reached (${cause.message.slice(0, 40)})`)
    })
    socket.on('message', bytes => {
      try {
        const answer = accept(bytes)
        if (answer !== undefined) finish(() => resolve(answer))
      } catch (cause) {
        broken = cause instanceof BerError ? `: ${cause.message}` : ': broken answer'
      }
    })
    socket.connect(port, host, send)
  })
}

function refused(host: string, errorStatus: number, name: string): SwitchFailure {
  const words = { 2: 'noSuchName', 4: 'readOnly', 6: 'noAccess', 16: 'authorizationError', 17: 'notWritable' }
  const [, word] = Object.entries(words).find(([code]) => Number(code) === errorStatus) ?? []
  const text = `${host} refuses ${name} (${word ?? `SNMP error ${errorStatus}`})`
  return word === undefined
    ? new SwitchFailure('transient', text)
    : new SwitchFailure('final', `${text}: the login may not write there`)
}
