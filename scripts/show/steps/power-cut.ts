import { measureOutage } from '../../drill/outage.ts'
import { DidNotHappen, until } from '../../drill/waiting.ts'
import { HOUSE_SERVICES } from '../../house/services.ts'
import { type DrillEnd, drillChecks, drillHouse } from '../house-drill.ts'
import { activeNode, arbiterOf, otherWorker } from '../stage.ts'
import type { StepPlan } from '../step-draft.ts'
import { awaitTakeOver, noteFailover } from './take-over.ts'

/** It looks at the whole cluster first, and at every service for seconds. */
const BEGIN_MS = 120_000

/** (c) No last word, no stop: the node is gone from one moment to the next. An operator rehearses it. */
export const powerCut: StepPlan = {
  key: 'c',
  title: 'haha-drill cut-power: the power of the active node is cut',
  floor: 'node lost and start',
  judged: true,
  async run(stage, draft) {
    const victim = activeNode(stage)
    const heir = otherWorker(stage, victim)
    const arbiter = arbiterOf(stage)
    const beganMs = Date.now()
    draft.note(`on ${arbiter}: haha-drill --yes cut-power ${victim}`)
    const cutMs = async () =>
      (await stage.cluster.power(victim).log()).find(
        ({ what, atMs }) => what === 'off asked' && atMs >= beganMs,
      )?.atMs
    let end: DrillEnd | undefined
    const drilled = drillHouse(stage, 'cut-power', victim, arbiter)
    drilled.then(
      ended => {
        end = ended
      },
      () => undefined,
    )
    const begun = async () => end !== undefined || (await cutMs()) !== undefined
    await until(`haha-drill asks the plug of ${victim} to switch off`, begun, BEGIN_MS)
    const atMs = await cutMs()
    if (atMs === undefined) {
      draft.check(`haha-drill began: ${end?.lastLine ?? 'it said nothing'}`, false)
      throw new DidNotHappen(`the power of ${victim} is cut`, BEGIN_MS)
    }
    const faultMs = draft.makeFault(
      `the power of ${victim} is cut at its plug, the cluster is not told`,
      atMs,
    )
    await awaitTakeOver(stage, heir, faultMs)
    await noteFailover(stage, draft, victim, heir)
    const ended = await drilled
    const seen = HOUSE_SERVICES.flatMap(
      service => measureOutage(stage.client.answers, service, faultMs, Date.now()) ?? [],
    )
    for (const { text, ok } of drillChecks(ended, seen)) draft.check(text, ok)
  },
}
