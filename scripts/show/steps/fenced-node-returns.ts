import { pause } from '../../../lib/host/clock.ts'
import { measureOutage } from '../../drill/outage.ts'
import { until } from '../../drill/waiting.ts'
import { HOUSE_SERVICES } from '../../house/services.ts'
import { ranOn } from '../presence.ts'
import { activeNode, otherWorker, untilOnline } from '../stage.ts'
import type { StepPlan } from '../step-draft.ts'

/** Long enough for an engine that would start containers at boot: it does so before it answers. */
const WATCHED_MS = 10_000

/** (d) Docker starts at boot whatever has a restart policy: the stack must not run on two nodes then. */
export const fencedNodeReturns: StepPlan = {
  key: 'd',
  title: 'the fenced node comes back',
  floor: 'start',
  judged: false,
  async run(stage, draft) {
    const active = activeNode(stage)
    const back = otherWorker(stage, active)
    const switchedOn = (await stage.cluster.power(back).log()).filter(({ what }) => what === 'on').at(-1)
    const faultMs = draft.makeFault(`${back} boots again, since the fence switched its plug on`)
    await untilOnline(stage, back, active, 90_000)
    draft.note(`${back} is back in the cluster`)
    await until(
      `the Docker engine of ${back} answers`,
      async () => (await stage.cluster.exec(back, ['docker', 'info'], { timeoutMs: 5_000 })).exitCode === 0,
      60_000,
    )
    draft.note(`its Docker engine answers; ${WATCHED_MS / 1000} s of watching begin`)
    await pause(WATCHED_MS)
    const running = await stage.cluster.exec(back, ['docker', 'ps', '-q'])
    const started = ranOn(stage.watcher.log.all, back, switchedOn?.atMs ?? 0, Date.now())
    draft.check(
      `nothing of the stack started on ${back} by itself`,
      !started && running.exitCode === 0 && running.stdout.trim() === '',
    )
    const missed = HOUSE_SERVICES.filter(
      service => measureOutage(stage.client.answers, service, faultMs, Date.now()) !== undefined,
    )
    draft.check(
      `the house on ${active} did not notice${missed.length > 0 ? `, but ${missed.join(', ')} did` : ''}`,
      missed.length === 0,
    )
  },
}
