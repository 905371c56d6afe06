import type { Cib, Location, Resource } from '../pacemaker/cib.ts'
import { isFalse } from '../pacemaker/read-cib.ts'

/**
 * Nodes on which no service may run: they vote, and have nothing to run the services on. Clones are no services
 * in this sense, or one that runs everywhere would hide every arbiter.
 */
export function arbitersOf(cib: Cib): readonly string[] {
  const services = cib.resources
    .filter(({ agent, clone }) => clone === undefined && !agent.startsWith('stonith:'))
    .filter(({ meta }) => meta.get('target-role') !== 'Stopped')
  if (services.length === 0) return []
  return cib.nodes
    .filter(node => !node.remote)
    .map(({ name }) => name)
    .filter(name => services.every(service => isBanned(cib, service, name)))
}

/** Whether a node may have to run a resource, as far as constraints say that name nodes. */
export function mayRun(cib: Cib, resource: Resource, node: string): boolean {
  const exclusive = locationsOf(cib, resource).filter(location => location.exclusive)
  if (exclusive.length > 0 && !exclusive.some(location => location.node === node)) return false
  return resource.meta.get('target-role') !== 'Stopped' && !isBanned(cib, resource, node)
}

function locationsOf({ locations }: Cib, { id, group, clone }: Resource): readonly Location[] {
  return locations.filter(({ resource }) => [id, group, clone?.id].includes(resource))
}

function isBanned(cib: Cib, resource: Resource, node: string): boolean {
  const own = locationsOf(cib, resource)
  if (own.some(location => bans(location, node))) return true
  // In a cluster that is not symmetric a resource runs only where a constraint lets it; a rule may let it anywhere.
  return (
    isFalse(cib.properties.get('symmetric-cluster')) &&
    !own.some(one => one.rules.length > 0 || one.node === node)
  )
}

function bans({ node: own, score, rules }: Location, node: string): boolean {
  if (own === node && isMinusInfinity(score)) return true
  return rules.some(
    rule =>
      isMinusInfinity(rule.score) &&
      rule.expressions.length === 1 &&
      rule.expressions.every(
        ({ attribute, operation, value }) => attribute === '#uname' && operation === 'eq' && value === node,
      ),
  )
}

/** Both ways to write it. */
export function isMinusInfinity(score: string): boolean {
  return /^-inf(inity)?$/i.test(score) || Number(score) <= -1_000_000
}
