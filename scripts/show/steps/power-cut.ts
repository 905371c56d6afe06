import { drillHouse } from '../house-drill.ts'
import { activeNode, arbiterOf, otherWorker } from '../stage.ts'
import type { StepPlan } from '../step-draft.ts'
import { awaitTakeOver, noteFailover } from './take-over.ts'

/** (c) No last word, no stop: the node is gone from one moment to the next. An operator rehearses it. */
export const powerCut: StepPlan = {
  key: 'c',
  title: 'haha-drill cut-power: the power of the active node is cut',
  floor: 'node lost and start',
  judged: true,
  async run(stage, draft) {
    const victim = activeNode(stage)
    const heir = otherWorker(stage, victim)
    await drillHouse(stage, draft, { step: 'c', kind: 'cut-power', victim, from: arbiterOf(stage) })
    await awaitTakeOver(stage, heir, draft.faultMs)
    await noteFailover(stage, draft, victim, heir)
  },
}
