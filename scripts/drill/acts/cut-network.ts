import type { Act, ActOutcome, ActSource } from '../act.ts'
import { lastLine } from '../cluster-tools.ts'
import { onNode, quoted, unreachable } from '../on-node.ts'
import { filterNamed, WHICH_FILTER } from '../packet-filter.ts'
import { isElsewhere } from '../settled.ts'
import { expectedAfterLoss } from './expectation.ts'

const UNDO = 'haha-drill-undo'
/** Between the order and the cut, so that the answer to the order still gets out. */
const DELAY_SECONDS = 1
/** The shortest time until the timer takes the cut away again, beside the membership's time. */
const SHORTEST_SECONDS = 90

/** The node lives on, unseen: only reading it back as off makes it safe to start elsewhere. */
export async function cutNetwork(source: ActSource): Promise<ActOutcome> {
  const { situation, order, membershipSeconds = 10 } = source
  const { aim, here } = situation
  const away = await unreachable(aim.node, here, order)
  if (away !== undefined) return { ok: false, faults: [away] }
  const there = onNode(aim.node, here, order)
  const which = await there(`command -v systemd-run >/dev/null && ${WHICH_FILTER}`)
  const filter = filterNamed(which.stdout)
  if (filter === undefined) {
    const why = `${aim.node} has neither nft nor iptables, or no systemd-run`
    return { ok: false, faults: [`${why}: ${lastLine(which)}; install nftables`] }
  }
  const timerSeconds = Math.ceil(SHORTEST_SECONDS + 3 * membershipSeconds)
  const arm = [
    `systemctl stop ${UNDO}.timer 2>/dev/null`,
    `systemd-run --quiet --collect --unit=${UNDO} --on-active=${timerSeconds} --timer-property=AccuracySec=1s /bin/sh -c ${quoted(filter.mend)} && systemctl is-active ${UNDO}.timer`,
  ].join('; ')
  const cut = `setsid sh -c ${quoted(`sleep ${DELAY_SECONDS}; ${filter.cut}`)} </dev/null >/dev/null 2>&1 &`
  const act: Act = {
    plan: {
      does: [
        `on ${aim.node}: arms a timer that takes the cut away after ${timerSeconds} s, and reads it back`,
        `on ${aim.node}: drops every packet but the loopback's (${filter.name}); it keeps running`,
      ],
      expects: expectedAfterLoss(source, false),
      undoes: [`the timer on ${aim.node}, which needs nobody; a reboot takes the cut away, too`],
    },
    async make(stage) {
      const armed = await there(arm)
      if (armed.code !== 0 || !/^active$/m.test(armed.stdout))
        throw new Error(`the timer on ${aim.node} could not be armed, nothing was cut: ${lastLine(armed)}`)
      stage.undos.add(`the network of ${aim.node} is whole again, by its timer or its reboot`, async () => {
        // Out of reach as long as the cut holds: the timer needs no help, it is only quicker this way.
        await there(`${filter.mend}; systemctl stop ${UNDO}.timer`).catch(() => undefined)
      })
      stage.note(`the timer on ${aim.node} is armed: ${timerSeconds} s`)
      const result = await there(cut)
      if (result.code !== 0)
        throw new Error(`the network of ${aim.node} could not be cut: ${lastLine(result)}`)
      stage.fault(`the network of ${aim.node} is cut, it keeps running`, Date.now() + DELAY_SECONDS * 1000)
    },
    isOver: ({ picture }) => isElsewhere(picture, aim.resource, aim.node),
    returns: aim.node,
  }
  return { ok: true, act }
}
