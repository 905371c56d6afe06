import { activeNode, otherWorker } from '../stage.ts'
import type { StepPlan } from '../step-draft.ts'
import { awaitTakeOver, noteFailover } from './take-over.ts'

/** (c) No last word, no stop: the node is gone from one moment to the next. */
export const powerCut: StepPlan = {
  key: 'c',
  title: 'the power of the active node is cut',
  floor: 'node lost and start',
  judged: true,
  async run(stage, draft) {
    const victim = activeNode(stage)
    const heir = otherWorker(stage, victim)
    const faultMs = draft.makeFault(`the power of ${victim} is cut at its plug`)
    await stage.cluster.power(victim).off()
    await awaitTakeOver(stage, heir, faultMs)
    await noteFailover(stage, draft, victim, heir)
  },
}
