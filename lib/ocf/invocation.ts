import { type AgentDefinition, advisedTimeoutMs } from './definition.ts'
import { instanceName } from './instance-name.ts'
import { wholeNumber } from './whole-number.ts'

/** What the caller of one action said: the OCF environment, parsed once. */
export interface Invocation {
  readonly agent: string
  /** OCF_RESOURCE_INSTANCE; `default` where a caller names none (crm ra validate). */
  readonly instance: string
  readonly action: string
  /** OCF_CHECK_LEVEL, 0 when absent or not a number. */
  readonly checkLevel: number
  /** A monitor without an interval: a probe, or a caller that is not Pacemaker. */
  readonly isProbe: boolean
  /** Of a recurring monitor; undefined for everything else. */
  readonly intervalMs: number | undefined
  /** What Pacemaker grants before it kills; the advised timeout where a caller names none. */
  readonly timeoutMs: number
  /** Pacemaker understands exit code 190, drbd-reactor and ocf-tester do not. */
  readonly underPacemaker: boolean
  /** The node's name as the cluster knows it. */
  readonly node: string | undefined
  /** Parameters as configured, under their own names, CRM_meta_* and crm_* left out. */
  readonly parameters: ReadonlyMap<string, string>
  readonly debug: boolean
  readonly logFacility: string | undefined
  readonly logFile: string | undefined
  readonly exitReasonPrefix: string
}

type Environment = Readonly<Record<string, string | undefined>>

const parameterPrefix = 'OCF_RESKEY_'

/** A timer of node that is asked for more fires at once. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Reads what Pacemaker, ocf-tester, crmsh, crm_resource and drbd-reactor pass in. Each leaves something
 * out; nothing but the action is required.
 */
export function readInvocation(
  definition: AgentDefinition,
  action: string,
  environment: Environment,
): Invocation {
  const parameters = new Map<string, string>()
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(parameterPrefix) || value === undefined) continue
    const parameter = name.slice(parameterPrefix.length)
    if (!parameter.startsWith('CRM_meta_') && !parameter.startsWith('crm_')) parameters.set(parameter, value)
  }
  const meta = (name: string) => environment[`${parameterPrefix}CRM_meta_${name}`]
  const grantedMs = wholeNumber((meta('timeout') ?? '').trim())
  const intervalMs = action === 'monitor' ? (wholeNumber((meta('interval') ?? '').trim()) ?? 0) : 0
  return {
    agent: definition.name,
    instance: instanceName(environment.OCF_RESOURCE_INSTANCE) ?? 'default',
    action,
    checkLevel: wholeNumber((environment.OCF_CHECK_LEVEL ?? '').trim()) ?? 0,
    isProbe: action === 'monitor' && intervalMs === 0,
    intervalMs: intervalMs === 0 ? undefined : intervalMs,
    timeoutMs:
      grantedMs === undefined || grantedMs === 0
        ? advisedTimeoutMs(definition, action)
        : Math.min(grantedMs, longestTimerMs),
    underPacemaker: filled(environment[`${parameterPrefix}crm_feature_set`]) !== undefined,
    node: filled(meta('on_node')),
    parameters,
    debug: ['1', 'true', 'yes', 'on'].includes((environment.HA_debug ?? '').toLowerCase()),
    logFacility: facility(environment.HA_LOGFACILITY),
    logFile: absolutePath(environment.HA_LOGFILE),
    exitReasonPrefix: filled(environment.OCF_EXIT_REASON_PREFIX) ?? 'ocf-exit-reason:',
  }
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text
}

function facility(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9]{1,16}$/.test(text) && text !== 'none' ? text : undefined
}

function absolutePath(text: string | undefined): string | undefined {
  return text?.startsWith('/') && text !== '/dev/null' ? text : undefined
}
