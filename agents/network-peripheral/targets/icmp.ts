import { CommandMissing, CommandNotStarted, runCommand } from '../../../lib/host/command.ts'
import { limitText } from '../../../lib/net/http-failure.ts'
import type { ProbeAnswer } from '../../../lib/net/probe.ts'
import { oneLine } from '../../../lib/ocf/exit-reason.ts'
import { askInTime } from './ask-in-time.ts'
import type { TargetProbe } from './target.ts'

/** What the system's ping told; `unasked` when this node could not even try. */
export type PingAnswer = ProbeAnswer | { readonly kind: 'unasked'; readonly reason: string }

/**
 * Asks with the system's ping, one packet a try. A node without a route counts as a peripheral that is
 * not reached from here; a node without a usable ping knows nothing.
 */
export const probeIcmpTarget: TargetProbe = async (target, limits) => {
  let unasked: string | undefined
  const answer = await askInTime(target, limits, async timeoutMs => {
    const told = await ping(target.host, target.url, timeoutMs)
    if (told.kind !== 'unasked') return told
    unasked = told.reason
    return { kind: 'failed', damped: false, reason: told.reason }
  })
  return unasked === undefined ? answer : { up: false, detail: unasked, unasked: true }
}

async function ping(host: string, where: string, timeoutMs: number): Promise<PingAnswer> {
  try {
    // Whole seconds: BusyBox, inetutils and old iputils take no others. The limit ends it sooner.
    const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)))
    const args = ['-n', '-c', '1', '-W', seconds, host]
    const { timedOut, code, stdout, stderr } = await runCommand('ping', args, {
      timeoutMs,
      maxOutputBytes: 8192,
    })
    const silent = {
      kind: 'timeout',
      reason: `${where} gave no answer within ${limitText(timeoutMs)}`,
    } as const
    return timedOut ? silent : judgePing({ code, stdout, stderr }, where)
  } catch (error) {
    if (error instanceof CommandMissing)
      return { kind: 'unasked', reason: `${where} was not asked: install ping (package iputils-ping)` }
    if (error instanceof CommandNotStarted)
      return { kind: 'unasked', reason: `${where} was not asked: ${error.message}` }
    throw error
  }
}

/** Texts of iputils, BusyBox and inetutils for a way that is not there: this node's own fault. */
const noRoute =
  /(?:Network is unreachable|No route to host|Network is down|Cannot assign requested address|Host is down)/i
/** What a router, or this node's own neighbour table, said instead of the peripheral. */
const errorReply = /(?:Destination \w+ Unreachable|Time to live exceeded|Packet filtered)/i

/**
 * Judges by the count of packets, which iputils, BusyBox and inetutils all print, rather than by the exit
 * code: 1 is a silent host for one of them and an unknown option for another.
 */
export function judgePing(
  end: { readonly code: number | undefined; readonly stdout: string; readonly stderr: string },
  where: string,
): PingAnswer {
  const counts = /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(end.stdout)
  const said = `${end.stderr}\n${end.stdout}`
  if (Number(counts?.[2] ?? 0) > 0) {
    const milliseconds = /time[=<]\s*([\d.]+) ?ms/.exec(end.stdout)?.[1]
    return { kind: 'alive', ...(milliseconds === undefined ? {} : { seen: `${milliseconds} ms` }) }
  }
  const route = noRoute.exec(said)?.[0]
  if (route !== undefined)
    return { kind: 'failed', damped: false, reason: `${where} has no way there from this node (${route})` }
  if (counts !== null) {
    const error = errorReply.exec(said)?.[0]
    return { kind: 'timeout', reason: `${where} gave no answer${error === undefined ? '' : ` (${error})`}` }
  }
  const line = end.stderr.split('\n').find(text => text.trim() !== '') ?? `exit code ${end.code ?? 'none'}`
  return { kind: 'unasked', reason: `${where} was not asked, ping says: ${oneLine(line, 100)}` }
}
