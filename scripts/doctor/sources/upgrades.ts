import { CommandMissing } from '../../../lib/host/command.ts'
import { askedOf } from '../ask.ts'

/** What apt would change of that which the cluster runs by. */
export interface Upgrades {
  readonly pending: readonly Upgrade[]
  /** The machine installs upgrades by itself. */
  readonly unattended: boolean
}

export interface Upgrade {
  readonly name: string
  readonly installed: string
  readonly candidate: string
}

/** Whose replacement stops an agent, the cluster or the engine for a moment; base-files carries the release. */
const watched = [
  ...['nodejs', 'libnode108', 'libnode115', 'libc6', 'base-files'],
  ...['pacemaker', 'corosync', 'resource-agents', 'docker.io', 'docker-ce', 'containerd', 'containerd.io'],
]

/**
 * What apt knows since its lists were last fetched; nothing is fetched. Undefined on a machine without apt.
 * @throws LookFailure when apt does not answer
 */
export async function lookAtUpgrades(timeoutMs: number): Promise<Upgrades | undefined> {
  try {
    const [policy, setting] = await Promise.all([
      askedOf('apt-cache', ['policy', ...watched], timeoutMs),
      askedOf('apt-config', ['dump', 'APT::Periodic::Unattended-Upgrade'], timeoutMs).catch(() => ''),
    ])
    return { pending: readPolicy(policy), unattended: /"[1-9]\d*[a-z]*"|"always"/.test(setting) }
  } catch (cause) {
    if (cause instanceof CommandMissing) return undefined
    throw cause
  }
}

/** `apt-cache policy`: a name at the left edge, then what is installed and what would be. */
export function readPolicy(text: string): readonly Upgrade[] {
  const upgrades: Upgrade[] = []
  for (const block of text.split(/^(?=\S)/m)) {
    const name = /^(\S+):$/m.exec(block)?.[1]
    const installed = /^ {2}Installed: (\S+)$/m.exec(block)?.[1]
    const candidate = /^ {2}Candidate: (\S+)$/m.exec(block)?.[1]
    if (name === undefined || installed === undefined || candidate === undefined) continue
    if (installed !== '(none)' && candidate !== '(none)' && installed !== candidate)
      upgrades.push({ name, installed, candidate })
  }
  return upgrades
}
