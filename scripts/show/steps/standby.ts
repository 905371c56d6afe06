import { firstOn } from '../presence.ts'
import { activeNode, otherWorker, untilOnline } from '../stage.ts'
import type { StepPlan } from '../step-draft.ts'
import { awaitTakeOver } from './take-over.ts'

/** (b) The operator's own move: stop here, start there, nobody is fenced. */
export const standby: StepPlan = {
  key: 'b',
  title: 'the active node goes standby',
  floor: 'start',
  judged: false,
  async run(stage, draft) {
    const node = activeNode(stage)
    const heir = otherWorker(stage, node)
    const faultMs = draft.makeFault(`crm node standby ${node}`)
    await stage.cluster.exec(heir, ['crm', 'node', 'standby', node])
    await awaitTakeOver(stage, heir, faultMs)
    draft.phases = { takeOverMs: firstOn(stage.watcher.log.all, heir, faultMs)?.fromMs }
    const fenced = stage.logs.events.some(event => event.kind === 'fenced' && event.atMs >= faultMs)
    draft.check('nobody was fenced', !fenced)
    await stage.cluster.exec(heir, ['crm', 'node', 'online', node])
    await untilOnline(stage, node, heir, 30_000)
    draft.note(`${node} is online again and takes nothing back`)
  },
}
