import type { Act, ActOutcome, ActSource } from '../act.ts'
import { lastLine } from '../cluster-tools.ts'
import { monitorSeconds } from '../configuration.ts'
import { onNode, unreachable } from '../on-node.ts'
import { isSettled } from '../settled.ts'

const UNIT = 'docker.service'
const MAIN_PID = `systemctl show --property MainPID --value ${UNIT}`
/** An engine that was killed comes back, looks after its containers, and only then does a monitor see what is left. */
const BEYOND_MONITORS_MS = 5_000
const START_MS = 60_000

/** dockerd dies; systemd starts it again, and the cluster has to see whether the stack outlived it. */
export async function killEngine({ situation, order }: ActSource): Promise<ActOutcome> {
  const { aim, here, configuration } = situation
  const away = await unreachable(aim.node, here, order)
  if (away !== undefined) return { ok: false, faults: [away] }
  const there = onNode(aim.node, here, order)
  const pid = (await there(MAIN_PID)).stdout.trim()
  if (!/^[1-9]\d*$/.test(pid))
    return {
      ok: false,
      faults: [`${UNIT} has no main process on ${aim.node}; this drill kills Docker's engine only`],
    }
  const intervals = configuration.resources
    .filter(({ id }) => aim.members.some(member => member.id === id))
    .flatMap(resource => monitorSeconds(resource) ?? [])
  const watchedMs = 2 * 1000 * Math.max(10, ...intervals) + BEYOND_MONITORS_MS
  const act: Act = {
    plan: {
      does: [`on ${aim.node}: ends dockerd (process ${pid}) with SIGKILL`],
      expects: [
        `systemd starts ${UNIT} again; the stack outlives it, or is restarted there or elsewhere`,
        `watched for ${Math.round(watchedMs / 1000)} s at least: two monitors; nobody is fenced`,
      ],
      undoes: [`${UNIT} is started, should systemd not have done it`],
    },
    async make(stage) {
      stage.undos.add(`${UNIT} runs on ${aim.node}`, async () => {
        const result = await there(`systemctl is-active --quiet ${UNIT} || systemctl start ${UNIT}`, START_MS)
        if (result.code !== 0) throw new Error(`systemctl start ${UNIT} on ${aim.node}: ${lastLine(result)}`)
      })
      stage.fault(`dockerd (process ${pid}) on ${aim.node} is killed`)
      const result = await there(`[ "$(${MAIN_PID})" = ${pid} ] && kill -KILL ${pid}`)
      if (result.code !== 0)
        throw new Error(`dockerd on ${aim.node} could not be killed: ${lastLine(result)}`)
    },
    isOver: ({ picture, sinceFaultMs }) => sinceFaultMs > watchedMs && isSettled(picture, aim.resource),
  }
  return { ok: true, act }
}
