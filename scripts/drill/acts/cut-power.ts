import { pause } from '../../../lib/host/clock.ts'
import type { Act, ActOutcome, ActSource, DrillStage } from '../act.ts'
import { devicesOf, type PowerDevice, powerDevice } from '../power-device.ts'
import { isElsewhere } from '../settled.ts'
import { DidNotHappen } from '../waiting.ts'
import { expectedAfterLoss } from './expectation.ts'

/** How long the operator has to find the plug. */
const HAND_MS = 300_000
const LOOK_MS = 100

/** No last word, no stop: the node is gone from one moment to the next, and the cluster has to find out. */
export async function cutPower(source: ActSource): Promise<ActOutcome> {
  const { situation, order } = source
  const { aim, configuration, fenceDevices } = situation
  const common = {
    isOver: ({ picture }) => isElsewhere(picture, aim.resource, aim.node),
    returns: aim.node,
  } satisfies Partial<Act>
  const expects = expectedAfterLoss(source, false)
  if (order.byHand) {
    const plan = {
      does: [`you take the power of ${aim.node} away when you are told to`],
      expects,
      undoes: ['you give the power back; the fencing device may have done it already'],
    }
    return { ok: true, act: { plan, make: stage => byHand(stage, aim.node), ...common } }
  }
  const devices = devicesOf(configuration, aim.node, fenceDevices).map(one => powerDevice(one, aim.node))
  const faults = await deviceFaults(devices, aim.node)
  if (faults.length > 0) return { ok: false, faults }
  const names = devices.map(({ id }) => id).join(' and ')
  const act: Act = {
    plan: {
      does: [`asks ${names} directly to switch ${aim.node} off: the cluster is not told`],
      expects,
      undoes: [
        `the cluster's own fencing switches ${aim.node} on again; if it has not, ${names} is asked to`,
      ],
    },
    async make(stage) {
      stage.undos.add(`${aim.node} has its power again`, () => giveBack(devices))
      stage.fault(`the power of ${aim.node} is cut by ${names}`)
      await Promise.all(devices.map(device => device.set('off')))
    },
    ...common,
  }
  return { ok: true, act }
}

async function deviceFaults(devices: readonly PowerDevice[], node: string): Promise<string[]> {
  if (devices.length === 0)
    return [`no fencing device of ${node} is configured; cut the power yourself: --by-hand`]
  const faults: string[] = []
  for (const device of devices) {
    const status = await device.status().catch((error: unknown) => String(error))
    if (status !== 'on')
      faults.push(`${device.id} does not say from here that ${node} is on (${status}); mend it, or --by-hand`)
  }
  return faults
}

async function giveBack(devices: readonly PowerDevice[]): Promise<void> {
  for (const device of devices) if ((await device.status()) !== 'on') await device.set('on')
}

async function byHand(stage: DrillStage, node: string): Promise<void> {
  stage.note(`TAKE THE POWER OF ${node} AWAY NOW`)
  const end = Date.now() + HAND_MS
  for (;;) {
    const atMs = stage.firstSign()
    if (atMs !== undefined) return stage.fault(`the power of ${node} was cut by hand: first sign of it`, atMs)
    if (stage.isEnding()) return
    if (Date.now() > end) throw new DidNotHappen(`the power of ${node} is cut`, HAND_MS)
    await pause(LOOK_MS)
  }
}
