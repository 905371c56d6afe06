import { monotonicMs } from '../../../lib/host/clock.ts'
import { isIpLiteral } from '../../../lib/net/address.ts'
import { probe } from '../../../lib/net/probe.ts'
import type { TargetProbe } from './target.ts'

/**
 * Up when the connection is accepted: weak, and harmful on a serial bridge, whose one client may be thrown
 * out by a second one. The agent refuses such a target where `serial_ports` names it.
 */
export const probeTcpTarget: TargetProbe = async (target, { deadlineMs, timeoutMs, attempts }) => {
  const begin = monotonicMs()
  const tries = Math.max(1, Math.min(attempts, Math.floor(deadlineMs / timeoutMs)))
  const outcome = await probe(
    { ...target, scheme: 'tcp', command: [], isLiteralAddress: isIpLiteral(target.host) },
    { timeoutMs: Math.min(timeoutMs, deadlineMs), tries, pauseMs: 0 },
  )
  if (!outcome.ok) return { up: false, detail: outcome.reason }
  return {
    up: true,
    detail: `${target.url} accepted a connection in ${Math.round(monotonicMs() - begin)} ms`,
  }
}
