import { findBinary } from '../../lib/host/command.ts'
import type { Action, Problem } from '../../lib/ocf/agent.ts'
import { readKey, readLogin, readSecretLine } from './key-file.ts'
import type { Settings } from './parameters.ts'

/** What this node lacks for what is configured. */
export async function checkHost({
  settings,
  report,
  invocation,
}: Action<Settings>): Promise<readonly Problem[]> {
  const needed: readonly (readonly [boolean, string, string])[] = [
    [settings.targets.some(({ scheme }) => scheme === 'icmp'), 'ping', 'iputils-ping'],
    [settings.session !== undefined, 'ss', 'iproute2'],
    [
      settings.sessionContainer !== undefined || settings.sessionPidFile !== undefined,
      'nsenter',
      'util-linux',
    ],
    [settings.recovery !== 'none', 'fence_homelab', 'resource-agents-haha'],
    [invocation.underPacemaker, 'attrd_updater', 'pacemaker-cli-utils'],
  ]
  const problems = needed.flatMap(([isNeeded, binary, debianPackage]): Problem[] =>
    isNeeded && findBinary(binary) === undefined
      ? [{ kind: 'software', text: `${binary} is not installed on this node: apt install ${debianPackage}` }]
      : [],
  )
  const secrets = [
    ['esphome_key_file', readKey(settings.esphomeKeyFile)],
    ['mqtt_login_file', readLogin(settings.mqttLoginFile)],
    ['coordinator_check_password_file', readSecretLine(settings.coordinatorCheckPasswordFile)],
  ] as const
  for (const [name, secret] of secrets)
    if (secret.kind === 'wrong') problems.push({ kind: 'host', text: `${name}: ${secret.problem}` })
  const weak = settings.targets.find(({ scheme }) => scheme === 'tcp')
  if (weak !== undefined)
    report.warn(
      `${weak.url}: an open port proves little, and a serial bridge may throw out its client for it`,
    )
  return problems
}
