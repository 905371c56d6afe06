import { measureOutage } from '../../drill/outage.ts'
import { until } from '../../drill/waiting.ts'
import { COORDINATOR_PORT } from '../../house/coordinator.ts'
import { HOUSE_SERVICES } from '../../house/services.ts'
import { COMMUNITY_FILE, WATCH, watchConfiguration } from '../../house/watched-coordinator.ts'
import type { NodeName } from '../../lab/plan.ts'
import { type Client, startClient } from '../client.ts'
import { LAMPS_ANSWERS } from '../lamps.ts'
import { ranOn } from '../presence.ts'
import { activeNode, otherWorker, type Stage, untilOnline } from '../stage.ts'
import type { StepDraft, StepPlan } from '../step-draft.ts'

/** Seen within 60 s and cured within 120 s more, the device's own boot included. */
const SEEN_MS = 60_000
const CURED_MS = 120_000

/** (h) Port, bridge and web pages are up, and no lamp obeys: moving would not help, only the power does. */
export const radioHangs: StepPlan = {
  key: 'h',
  title: 'the radio hangs behind its live port',
  floor: 'none',
  judged: false,
  async run(stage, draft) {
    const node = activeNode(stage)
    const other = otherWorker(stage, node)
    await untilOnline(stage, other, node, 120_000)
    await bringWatch(stage, [node, other])
    const client = startClient(stage.cluster.clientNamespace, stage.cluster.vip, 'run-lamp-client.ts')
    try {
      draft.guests.push({ service: LAMPS_ANSWERS, answers: client.answers })
      await until('the lamps obey', () => client.steady([LAMPS_ANSWERS], 0), 60_000)
      client.onChange(({ ok }) => stage.narrator.say(`client: the lamps ${ok ? 'obey' : 'do not obey'}`))
      await hangAndCure(stage, draft, { client, node, other })
    } finally {
      await client.close()
    }
  },
}

async function bringWatch(stage: Stage, workers: readonly NodeName[]): Promise<void> {
  const { cluster, narrator, radio } = stage
  const arbiter = cluster.nodes.find(name => !workers.includes(name))
  if (arbiter === undefined) throw new Error('the watch needs an arbiter that does not watch')
  const write = `umask 077; mkdir -p "$(dirname "$1")"; cat >"$1"`
  for (const worker of workers)
    await cluster.exec(worker, ['sh', '-c', write, 'write', COMMUNITY_FILE], {
      input: `${radio.community}\n`,
    })
  await cluster.load(watchConfiguration({ ...radio, port: COORDINATOR_PORT, arbiter }))
  const watched = async () => {
    const { resources } = await cluster.state()
    return resources.filter(({ id, active }) => id.startsWith(WATCH) && active).length === workers.length
  }
  await until('the coordinator is watched from both workers', watched, 60_000)
  narrator.say(`the coordinator at ${radio.address} is watched from ${workers.join(' and ')}`)
}

interface Scene {
  readonly client: Client
  readonly node: NodeName
  readonly other: NodeName
}

async function hangAndCure(stage: Stage, draft: StepDraft, { client, node, other }: Scene): Promise<void> {
  const { radio, logs, narrator } = stage
  const switched: boolean[] = []
  radio.onPower(powered => {
    const what = `the switch says: port ${radio.plug} is ${powered ? 'on' : 'off'}`
    switched.push(powered)
    draft.moments.push({ atMs: Date.now(), what, source: 'switch' })
    narrator.say(what)
  })
  const faultMs = draft.makeFault("the radio's firmware hangs; its bridge, its port and its power stay up")
  await radio.hang()
  const seen = () =>
    logs.events.find(
      event =>
        event.kind === 'action' &&
        event.resource === WATCH &&
        event.atMs >= faultMs &&
        event.reason?.includes('hangs') === true,
    )
  await until('the agent sees it', () => seen() !== undefined, SEEN_MS)
  const found = seen()
  draft.phases = { detectedMs: found?.atMs }
  draft.check(
    `the agent said why: ${found?.kind === 'action' ? found.reason : ''}`,
    found?.kind === 'action' && found.node === node && found.result !== 'ok',
  )
  await until('the port is cut, and on again', () => switched.join() === 'false,true', CURED_MS)
  const onMs = Date.now()
  await until('the lamps obey again', () => client.steady([LAMPS_ANSWERS], onMs), CURED_MS)
  await until('the watch finds the radio well', () => isWell(stage, node), 60_000)
  draft.note('the watch finds the radio well')
  draft.check(
    'the port was cut once, by the switch, and is on',
    switched.join() === 'false,true' && radio.powered(),
  )
  const moved = ranOn(stage.watcher.log.all, other, faultMs, Date.now()) || activeNode(stage) !== node
  draft.check(`the stack stayed on ${node}`, !moved)
  draft.check('nobody was fenced', !logs.events.some(one => one.kind === 'fenced' && one.atMs >= faultMs))
  const missed = HOUSE_SERVICES.filter(
    service =>
      service !== 'zigbee2mqtt' &&
      measureOutage(stage.client.answers, service, faultMs, Date.now()) !== undefined,
  )
  draft.check(
    `nothing but Zigbee2MQTT was started anew${missed.length > 0 ? `, but ${missed.join(', ')} was away` : ''}`,
    missed.length === 0,
  )
}

/** Its degraded reason is a node attribute, empty again once a byte has come from the radio. */
async function isWell({ cluster }: Stage, node: NodeName): Promise<boolean> {
  const { stdout } = await cluster.exec(node, ['attrd_updater', '-Q', '-A', '-n', `haha-${WATCH}-hung`])
  const value = new RegExp(`host="${node}" value="([^"]*)"`).exec(stdout)?.[1]
  return value === '' || value === '(null)'
}
