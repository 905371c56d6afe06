import { pause } from '../../../lib/host/clock.ts'
import { until } from '../../drill/waiting.ts'
import { MONITOR_SECONDS } from '../../house/cluster-configuration.ts'
import { HOUSE_SERVICES } from '../../house/services.ts'
import { HOME_ASSISTANT_CONTAINER } from '../house-place.ts'
import { STACK } from '../reading.ts'
import { activeNode } from '../stage.ts'
import type { StepPlan } from '../step-draft.ts'

const BETWEEN_MONITORS_MS = 4_000
const NOTICED_WITHIN_SECONDS = MONITOR_SECONDS + 2

/** (a) The process dies, its container stays Up: what the engine's own state does not show. */
export const applicationKilled: StepPlan = {
  key: 'a',
  title: "Home Assistant's process is killed inside its Up container",
  floor: 'restart',
  judged: false,
  async run(stage, draft) {
    const node = activeNode(stage)
    // The first monitor follows the start at once, and would notice by luck: the kill falls between two.
    const started = () =>
      stage.logs.events.some(
        event =>
          event.kind === 'action' &&
          event.resource === STACK &&
          event.action === 'start' &&
          event.node === node,
      )
    await until(`start of the stack on ${node} is done`, started, 120_000)
    await pause(BETWEEN_MONITORS_MS)
    const inside = ['docker', 'exec', HOME_ASSISTANT_CONTAINER, 'sh', '-c', 'kill -9 "$(cat /tmp/listener)"']
    const faultMs = draft.makeFault(`Home Assistant's process is killed on ${node}, inside its container`)
    await stage.cluster.exec(node, inside)
    const up = await stage.cluster.exec(node, [
      'docker',
      'inspect',
      '-f',
      '{{.State.Running}}',
      HOME_ASSISTANT_CONTAINER,
    ])
    draft.check('its container was still Up', up.stdout.trim() === 'true')
    const noticed = () =>
      stage.logs.events.find(
        event =>
          event.kind === 'action' &&
          event.resource === STACK &&
          event.result !== 'ok' &&
          event.atMs >= faultMs,
      )
    await until('the monitor notices', () => noticed() !== undefined, (MONITOR_SECONDS + 30) * 1000)
    draft.phases = { detectedMs: noticed()?.atMs }
    const after = ((noticed()?.atMs ?? Number.NaN) - faultMs) / 1000
    draft.check(
      `noticed after ${after.toFixed(1)} s, at most monitor interval + 2 s = ${NOTICED_WITHIN_SECONDS} s`,
      after <= NOTICED_WITHIN_SECONDS,
    )
    await until(
      'every service answers again',
      () => stage.client.steady(HOUSE_SERVICES, Date.now() - 3_000),
      120_000,
    )
    await pause(500)
    draft.check(`the stack stayed on ${node}`, activeNode(stage) === node)
  },
}
