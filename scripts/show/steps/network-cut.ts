import { pause } from '../../../lib/host/clock.ts'
import { until } from '../../drill/waiting.ts'
import type { NodeName } from '../../lab/plan.ts'
import { PlayedSsh } from '../../lab/played-ssh.ts'
import { drillHouse } from '../house-drill.ts'
import { ranOn } from '../presence.ts'
import { activeNode, arbiterOf, otherWorker, type Stage, untilOnline } from '../stage.ts'
import type { StepDraft, StepPlan } from '../step-draft.ts'
import { awaitTakeOver, noteFailover } from './take-over.ts'

const PLUG_HANGS_MS = 12_000

/** (e) The node lives on, unseen: only reading it back as off makes it safe to start elsewhere. */
export const networkCut: StepPlan = {
  key: 'e',
  title: 'haha-drill cut-network: the network of the active node is cut while it keeps running',
  floor: 'node lost and start',
  judged: false,
  async run(stage, draft) {
    const victim = activeNode(stage)
    const heir = otherWorker(stage, victim)
    const ssh = await PlayedSsh.start(stage.cluster)
    const from = arbiterOf(stage)
    await drillHouse(stage, draft, {
      step: 'e',
      kind: 'cut-network',
      victim,
      from,
      ssh: ssh.command,
    }).finally(() => ssh.stop())
    await awaitTakeOver(stage, heir, draft.faultMs)
    await noteFailover(stage, draft, victim, heir)
    checkAlive(stage, draft, victim)
    await untilOnline(stage, victim, heir, 120_000)
  },
}

/** (f) As long as the plug cannot say that the node is off, nothing may move, however long it takes. */
export const plugHangs: StepPlan = {
  key: 'f',
  title: 'the same, while the plug hangs and then answers',
  floor: 'node lost and start',
  judged: false,
  async run(stage, draft) {
    const victim = activeNode(stage)
    const heir = otherWorker(stage, victim)
    const plug = stage.cluster.power(victim)
    await plug.misbehave({ kind: 'hang', afterBytes: -1 })
    draft.note(`the plug of ${victim} no longer answers`)
    const faultMs = draft.makeFault(`the network of ${victim} is cut, and its plug hangs`)
    await stage.cluster.cut(victim)
    const asked = () =>
      stage.logs.events.some(
        event => event.kind === 'fence-requested' && event.node === victim && event.atMs >= faultMs,
      )
    await until(`the cluster asks for ${victim} to be fenced`, asked, 30_000)
    await pause(Math.max(0, faultMs + PLUG_HANGS_MS - Date.now()))
    const heldMs = Date.now()
    draft.check(
      `in ${((heldMs - faultMs) / 1000).toFixed(0)} s with a hanging plug nothing moved to ${heir}`,
      !ranOn(stage.watcher.log.all, heir, faultMs, heldMs),
    )
    await plug.misbehave({ kind: 'none' })
    draft.note(`the plug of ${victim} answers again`)
    await awaitTakeOver(stage, heir, faultMs)
    await noteFailover(stage, draft, victim, heir)
    await stage.cluster.uncut(victim)
  },
}

/** Without this the step would show a power cut once more. */
function checkAlive(stage: Stage, draft: StepDraft, victim: NodeName): void {
  const { offMs = draft.faultMs } = draft.phases
  draft.check(
    `${victim} was running until its power was taken`,
    stage.watcher.log.all.some(one => one.node === victim && one.toMs > draft.faultMs) &&
      offMs > draft.faultMs,
  )
}
