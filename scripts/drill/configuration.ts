import type { Cib, Resource } from '../pacemaker/cib.ts'

/** Id of the constraint that an earlier `crm_resource --move` or `--ban` left on a resource. */
export function moveConstraintOf({ locations }: Cib, resource: string): string | undefined {
  return locations.find(one => one.resource === resource && /^cli-(prefer|ban|standby)-/.test(one.id))?.id
}

/** The shortest interval of a resource's monitors; undefined: it has none. */
export function monitorSeconds({ operations }: Resource): number | undefined {
  const intervals = operations.flatMap(({ name, intervalMs = 0 }) =>
    name === 'monitor' && intervalMs > 0 ? [intervalMs / 1000] : [],
  )
  return intervals.length === 0 ? undefined : Math.min(...intervals)
}
