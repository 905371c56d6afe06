import { attributeDaemon, readAttribute, setAttribute } from '../../lib/cluster/attributes.ts'
import { sinceBootMs } from '../../lib/host/clock.ts'
import { isIpLiteral } from '../../lib/net/address.ts'
import { addressOf, NameUnknown } from '../../lib/net/name-lookup.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { firstConsensus } from './consensus.ts'
import { serialPortProblems } from './contradictions.ts'
import { noLog } from './log-witness.ts'
import type { Settings } from './parameters.ts'
import { readRecord, rememberRecord, toJson } from './record.ts'
import { payWhatIsOwed } from './recovery.ts'
import { nothingKnown } from './recovery-state.ts'
import { noSession } from './session.ts'

/** Longest wait for one name; all are asked side by side. */
const lookupMs = 3000

/** Begins to watch: resolves names, and makes the attribute that constraints use. */
export async function startWatch(action: Action<Settings>): Promise<void> {
  const addresses = await resolveHosts(action)
  const published = await publishedHere(action)
  action.recorded.save(
    toJson({
      addresses,
      // Peers take any change for news, and a second start must not repeat a number of the first.
      consensus: firstConsensus(Math.floor(sinceBootMs() / 100), published ?? 1),
      session: noSession,
      log: noLog,
      hung: false,
      recovery: nothingKnown,
      told: published === undefined ? {} : { [action.settings.name]: String(published) },
      toldTo: published === undefined ? undefined : attributeDaemon(),
    }),
  )
  const { fault } = await payWhatIsOwed(action)
  if (fault !== undefined) action.report.warn(fault.reason)
}

/** Names are looked up here alone: a name server that is down must not look like a dead peripheral. */
async function resolveHosts(action: Action<Settings>): Promise<Readonly<Record<string, string>>> {
  const { settings, report } = action
  const { targets, session, coordinatorCheck } = settings
  const hosts = [...targets.map(({ host }) => host), session?.host, coordinatorCheck?.host]
  const addresses: Record<string, string> = {}
  action.deadline.waitFor('the name servers')
  await Promise.all(
    [...new Set(hosts)].map(async host => {
      if (host === undefined) return
      try {
        addresses[host] = await addressOf(host, lookupMs)
        if (!isIpLiteral(host))
          report.info(`${host} is ${addresses[host]} from now on; a change is taken over by a restart`)
      } catch (cause) {
        if (!(cause instanceof NameUnknown)) throw cause
        report.warn(`${cause.message}: until a restart of this resource it is not asked`)
      }
    }),
  )
  const [problem] = serialPortProblems(settings, host => addresses[host] ?? host)
  if (problem !== undefined) throw new ActionFailure(ExitCode.configured, problem)
  return addresses
}

/**
 * The attribute as it is: a stop left it so, and a refresh must not move the stack. Without one it
 * becomes 1, with its dampening.
 */
async function publishedHere({ invocation, settings, report }: Action<Settings>): Promise<0 | 1 | undefined> {
  const { node, underPacemaker } = invocation
  if (!underPacemaker || node === undefined) return undefined
  const value = (await readAttribute(settings.name))?.get(node)
  if (value === '0' || value === '1') return value === '0' ? 0 : 1
  const unset = await setAttribute(settings.name, '1', { first: true })
  if (unset !== undefined) report.warn(`node attribute ${settings.name} is not set: ${unset}`)
  return unset === undefined ? 1 : undefined
}

/** New targets may have new names. */
export async function reloadWatch(action: Action<Settings>): Promise<void> {
  const record = readRecord(action.recorded)
  if (record !== undefined) rememberRecord(action, { ...record, addresses: await resolveHosts(action) })
}
