import { converse } from '../../../lib/net/conversation.ts'
import { askInTime } from './ask-in-time.ts'
import type { TargetProbe } from './target.ts'

/**
 * Up when the connection is accepted: weak, and harmful on a serial bridge, whose one client may be thrown
 * out by a second one. The agent refuses such a target where `serial_ports` names it.
 */
export const probeTcpTarget: TargetProbe = (target, limits) =>
  askInTime(target, limits, timeoutMs => converse(target, timeoutMs, undefined))
