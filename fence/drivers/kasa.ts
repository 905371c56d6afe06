import type { Json, JsonObject } from '../../lib/ocf/json.ts'
import { at, booleanAt, itemsAt, numberAt, stringAt } from '../../lib/ocf/json.ts'
import { connect } from '../connection.ts'
import { answerOf, brokenAnswer } from '../device-answer.ts'
import type { Driver, DriverContext } from '../driver.ts'
import { plugMeans } from '../plugs.ts'
import type { Outlet, PowerState, PowerSwitch } from '../power-switch.ts'
import { noSuchPlug, SwitchFailure } from '../power-switch.ts'

/** TP-Link Kasa plugs and strips by their local protocol on TCP 9999. Plugs are positions from 1, or names. */
export const kasa: Driver = {
  name: 'kasa',
  title: 'TP-Link Kasa plug or strip (local protocol, TCP 9999)',
  options: [],
  port: 9999,
  tls: false,
  patienceMs: 20_000,
  darkMs: 3000,
  caution: 'The protocol has no login: whoever reaches the port may switch. Newer firmware closed it.',
  open,
}

interface Child {
  /** Undefined for a plug that is no strip. */
  readonly id: string | undefined
  readonly alias: string
  readonly state: PowerState
}

function open(context: DriverContext): PowerSwitch {
  const [host = ''] = context.hosts
  const device = `kasa ${host}`
  const ask = async (question: Json | undefined): Promise<Json> => {
    context.report.detail(`> ${host}:${context.port} ${JSON.stringify(question)}`)
    const text = await exchange(context, host, JSON.stringify(question))
    context.report.detail(`< ${text.slice(0, 2000)}`)
    return answerOf(text, device)
  }
  const info = async () => {
    const answer = at(await ask({ system: { get_sysinfo: {} } }), 'system', 'get_sysinfo')
    if (numberAt(answer, 'err_code') !== 0) throw brokenAnswer(device, JSON.stringify(answer ?? null))
    return answer
  }
  const find = async (plug: string): Promise<Child> => {
    const children = childrenOf(await info())
    const matches = children.filter(
      ({ alias }, index) => String(index + 1) === plug || plugMeans(plug, alias),
    )
    const [own] = matches
    if (own === undefined || matches.length > 1)
      throw noSuchPlug(
        plug,
        device,
        children.map(({ alias }, index) => `${index + 1} ${alias}`),
      )
    return own
  }
  const inContext = ({ id }: Child, question: JsonObject) =>
    id === undefined ? question : { context: { child_ids: [id] }, ...question }
  return {
    async read(plug) {
      const { state } = await find(plug)
      return { state, seen: `${device}: outlet ${plug} is ${state}` }
    },
    async set(plug, to) {
      const child = await find(plug)
      const answer = await ask(
        inContext(child, { system: { set_relay_state: { state: to === 'on' ? 1 : 0 } } }),
      )
      const code = numberAt(answer, 'system', 'set_relay_state', 'err_code')
      if (code !== 0)
        throw new SwitchFailure('transient', `${device} refused ${to} (err_code ${code ?? 'none'})`)
    },
    async meter(plug) {
      const answer = at(
        await ask(inContext(await find(plug), { emeter: { get_realtime: {} } })),
        'emeter',
        'get_realtime',
      )
      const milliwatts = numberAt(answer, 'power_mw')
      const watts = milliwatts === undefined ? numberAt(answer, 'power') : milliwatts / 1000
      return watts === undefined || numberAt(answer, 'err_code') !== 0 ? undefined : { watts }
    },
    async identity() {
      const answer = await info()
      return ['mac', 'deviceId', 'alias'].map(key => stringAt(answer, key) ?? '').filter(name => name !== '')
    },
    async hazards() {
      const question = { schedule: { get_rules: {} }, count_down: { get_rules: {} } }
      const answer = await ask(question).catch(() => undefined)
      const rules = ['schedule', 'count_down'].flatMap(kind =>
        itemsAt(answer, kind, 'get_rules', 'rule_list'),
      )
      const active = rules.filter(
        rule => numberAt(rule, 'enable') === 1 || booleanAt(rule, 'enable') === true,
      )
      return active.map(
        rule => `rule '${stringAt(rule, 'name') ?? '?'}' switches outlets by itself: delete it`,
      )
    },
    async outlets() {
      const children = childrenOf(await info())
      return children.map(({ alias, state }, index): Outlet => ({ plug: String(index + 1), alias, state }))
    },
  }
}

function childrenOf(info: Json | undefined): readonly Child[] {
  const children = itemsAt(info, 'children')
  const alias = (value: Json | undefined) => stringAt(value, 'alias') ?? ''
  if (children.length === 0)
    return [{ id: undefined, alias: alias(info), state: stateOf(at(info, 'relay_state')) }]
  return children.flatMap(child => {
    const id = stringAt(child, 'id')
    if (id === undefined) return []
    // Old strips give the position alone, which has to be completed with the device's own id.
    const full = id.length <= 2 ? `${stringAt(info, 'deviceId') ?? ''}${id}` : id
    return [{ id: full, alias: alias(child), state: stateOf(at(child, 'state')) }]
  })
}

function stateOf(value: Json | undefined): PowerState {
  if (value === 1) return 'on'
  return value === 0 ? 'off' : 'unknown'
}

/** One question and its answer, each with its length before it and every byte XORed with the one before. */
async function exchange(context: DriverContext, host: string, question: string): Promise<string> {
  const { budget, port } = context
  budget.check(`a request to ${host}`)
  const limitMs = Math.min(budget.limits.requestMs, budget.leftMs)
  const socket = await connect({ host, port, trust: undefined }, Math.min(budget.limits.connectMs, limitMs))
  const where = `${host}:${port}`
  try {
    return await new Promise<string>((resolve, reject) => {
      const fail = (what: string) => reject(new SwitchFailure('transient', `${where} ${what}`))
      const timer = setTimeout(() => fail('took the request and did not answer'), limitMs)
      let received = Buffer.alloc(0)
      socket.on('data', (part: Buffer) => {
        received = Buffer.concat([received, part])
        const length = received.length < 4 ? Number.POSITIVE_INFINITY : received.readUInt32BE(0)
        if (length > 1_048_576 && received.length >= 4) fail('gave an answer of impossible length')
        if (received.length < 4 + length) return
        clearTimeout(timer)
        resolve(unscrambled(received.subarray(4, 4 + length)))
      })
      socket.on('error', cause => fail(`broke off (${cause.message.slice(0, 40)})`))
      socket.on('close', () => fail('closed the connection without an answer'))
      socket.write(scrambled(question))
    })
  } finally {
    socket.destroy()
  }
}

const firstKey = 171

function scrambled(text: string): Buffer {
  const plain = Buffer.from(text)
  const framed = Buffer.alloc(plain.length + 4)
  framed.writeUInt32BE(plain.length, 0)
  let key = firstKey
  for (const [index, byte] of plain.entries()) {
    key = byte ^ key
    framed[index + 4] = key
  }
  return framed
}

function unscrambled(bytes: Buffer): string {
  const plain = Buffer.alloc(bytes.length)
  let key = firstKey
  for (const [index, byte] of bytes.entries()) {
    plain[index] = byte ^ key
    key = byte
  }
  return plain.toString('utf8')
}
