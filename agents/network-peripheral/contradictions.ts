import type { Problem } from '../../lib/ocf/agent.ts'
import { type Endpoint, endpointText } from './endpoint.ts'
import type { Settings } from './parameters.ts'

/** Parameters that are each right and cannot stand together. */
export function contradictions(settings: Settings): readonly Problem[] {
  return [...serialPortProblems(settings), ...sessionProblems(settings), ...recoveryProblems(settings)].map(
    text => ({ kind: 'configuration', text }),
  )
}

/** Targets that would open a second connection to a serial bridge, by names or by resolved addresses. */
export function serialPortProblems(
  { targets, serialPorts, session }: Pick<Settings, 'targets' | 'serialPorts' | 'session'>,
  address: (host: string) => string = host => host,
): string[] {
  const bridges: readonly Endpoint[] = session === undefined ? serialPorts : [...serialPorts, session]
  const sameHost = (one: string, other: string) =>
    one.toLowerCase() === other.toLowerCase() || address(one) === address(other)
  return targets.flatMap(target => {
    const bridge =
      target.scheme === 'icmp' || target.scheme === 'knx'
        ? undefined
        : bridges.find(({ host, port }) => port === target.port && sameHost(host, target.host))
    return bridge === undefined
      ? []
      : [
          `targets: ${target.url} would be a second client of the serial bridge ${endpointText(bridge)}, which harms the first: take icmp:// or esphome://`,
        ]
  })
}

function sessionProblems(settings: Settings): string[] {
  const problems: string[] = []
  const { session, sessionContainer, sessionPidFile, targets, require } = settings
  if (sessionContainer !== undefined && sessionPidFile !== undefined)
    problems.push('session_container and session_pid_file are both set: one place can be looked at')
  for (const [name, value] of [
    ['session_container', sessionContainer],
    ['session_pid_file', sessionPidFile],
    ['log_file', settings.logFile],
    ['coordinator_check', settings.coordinatorCheck],
  ] as const)
    if (value !== undefined && session === undefined)
      problems.push(`${name} says nothing without session: set session=host:port of the coordinator`)
  const wanted = Number(require)
  if (wanted > targets.length)
    problems.push(`require: ${wanted} targets are to answer, and targets names ${targets.length}`)
  return problems
}

function recoveryProblems(settings: Settings): string[] {
  if (settings.recovery === 'none') return []
  const missing = [
    ['session', settings.session],
    ['recovery_driver', settings.recoveryDriver],
    ['recovery_ip', settings.recoveryIp],
    ['recovery_plug', settings.recoveryPlug],
    ['recovery_mac', settings.recoveryDriver === 'poe' ? settings.recoveryMac : ''],
  ]
    .filter(([, value]) => value === undefined)
    .map(([name]) => name)
  return missing.length === 0 ? [] : [`recovery=power-cycle needs ${missing.join(', ')}`]
}
