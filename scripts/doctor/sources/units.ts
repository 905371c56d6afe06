import { CommandMissing } from '../../../lib/host/command.ts'
import type { Cib, Resource } from '../../pacemaker/cib.ts'
import { askedOf } from '../ask.ts'

/** A unit of systemd that a resource runs, too. */
export interface Unit {
  readonly name: string
  readonly resource: string
  /** `enabled`, `disabled`, `static`, `masked`... */
  readonly fileState: string
}

/** Agents whose package also brings a unit that starts the same program at boot. */
const unitsOfAgents: Readonly<Record<string, readonly string[]>> = {
  'ocf:heartbeat:apache': ['apache2.service'],
  'ocf:heartbeat:mariadb': ['mariadb.service'],
  'ocf:heartbeat:mysql': ['mariadb.service', 'mysql.service'],
  'ocf:heartbeat:named': ['named.service'],
  'ocf:heartbeat:nfsserver': ['nfs-server.service'],
  'ocf:heartbeat:nginx': ['nginx.service'],
  'ocf:heartbeat:pgsql': ['postgresql.service'],
  'ocf:heartbeat:redis': ['redis-server.service'],
  'ocf:linbit:drbd': ['drbd.service'],
}

/** The units that only Pacemaker should start, and the resource each belongs to. */
export function unitsBesidePacemaker(cib: Cib): ReadonlyMap<string, string> {
  const units = new Map<string, string>()
  for (const resource of cib.resources) {
    for (const unit of unitsOf(resource)) units.set(unit, resource.id)
  }
  return units
}

function unitsOf({ agent, parameters }: Resource): readonly string[] {
  const [kind, type] = agent.split(':')
  if ((kind === 'systemd' || kind === 'service') && type !== undefined) return [fullName(type)]
  if (agent !== 'ocf:haha:ollama-gpu') return unitsOfAgents[agent] ?? []
  if (parameters.get('mode') === 'systemd') return [fullName(parameters.get('unit') ?? 'ollama')]
  return parameters.get('mode') === 'docker' ? [] : ['ollama.service']
}

/** systemd adds `.service` where no kind is named; a template's instance may hold a dot. */
export function fullName(unit: string): string {
  return /\.(service|socket|timer|mount|target|path|slice|scope|automount|swap|device)$/.test(unit)
    ? unit
    : `${unit}.service`
}

/**
 * How these units are installed here; those that are not are left out.
 * @throws LookFailure when systemd does not answer
 */
export async function lookAtUnits(cib: Cib, timeoutMs: number): Promise<readonly Unit[]> {
  const wanted = unitsBesidePacemaker(cib)
  if (wanted.size === 0) return []
  try {
    const args = ['show', '--property=Id,UnitFileState', '--', ...wanted.keys()]
    return readUnits(await askedOf('systemctl', args, timeoutMs), wanted)
  } catch (cause) {
    if (cause instanceof CommandMissing) return []
    throw cause
  }
}

/** `systemctl show`: a paragraph for each unit that was asked for; an alias answers by its real name. */
export function readUnits(text: string, wanted: ReadonlyMap<string, string>): readonly Unit[] {
  const names = [...wanted]
  return text.split('\n\n').flatMap((block, index) => {
    const fileState = /^UnitFileState=(.+)$/m.exec(block)?.[1]
    const [name, resource] = names[index] ?? []
    return fileState === undefined || name === undefined || resource === undefined
      ? []
      : [{ name, resource, fileState }]
  })
}
