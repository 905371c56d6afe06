import type { Cib, Location, LocationRule } from '../../pacemaker/cib.ts'
import type { Finding, Rule } from '../finding.ts'
import { isMinusInfinity } from '../placement.ts'

export const peripheralRule: Rule = {
  id: 'peripheral-rule',
  about: 'A location rule stops a resource on every node when a device is dead for all of them.',
  check({ cib }) {
    if (cib === undefined) return []
    const attributes = healthAttributes(cib)
    return cib.locations.flatMap(location =>
      location.rules.flatMap(rule => {
        const [fault] = rule.expressions.flatMap(({ attribute, operation, value }) => {
          const agent = attributes.get(attribute)
          return agent === undefined
            ? []
            : [{ attribute, agent, test: `${attribute} ${operation} ${value}`.trim(), operation }]
        })
        return fault === undefined || !isMinusInfinity(rule.score) ? [] : [finding(location, rule, fault)]
      }),
    )
  },
}

/** The attributes that watch something outside, and who writes each. */
function healthAttributes({ resources }: Cib): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const { agent, parameters } of resources) {
    if (agent === 'ocf:haha:network-peripheral') attributes.set(parameters.get('name') ?? '', agent)
    else if (agent === 'ocf:pacemaker:ping') attributes.set(parameters.get('name') ?? 'pingd', agent)
    else if (agent === 'ocf:heartbeat:ethmonitor')
      attributes.set(parameters.get('name') ?? `ethmonitor-${parameters.get('interface') ?? ''}`, agent)
  }
  return attributes
}

function finding(
  { id, resource }: Location,
  rule: LocationRule,
  fault: {
    readonly attribute: string
    readonly agent: string
    readonly test: string
    readonly operation: string
  },
): Finding {
  const { attribute, agent, test } = fault
  const tests = rule.expressions.some(({ operation }) => operation === 'not_defined')
  const ours = agent === 'ocf:haha:network-peripheral'
  return {
    severity: ours && !tests ? 'warning' : 'critical',
    seen: `rule -INFINITY of ${id} bans ${resource || 'its resources'} wherever ${test}`,
    why: tests
      ? 'An attribute is not defined until its monitor has run, and after that was stopped or failed: then the resource stops everywhere.'
      : ours
        ? 'When the other node is gone, the only one left may be banned, and nothing runs: running without the device is better than not at all.'
        : 'When what is watched is dead for everybody, every node is banned and the resource stops everywhere, though moving it cannot help.',
    crmsh: `crm configure delete ${id} && crm configure location ${id} ${resource} rule -1000: ${attribute} lt 1`,
    pcs: `pcs constraint delete ${id} && pcs constraint location ${resource} rule score=-1000 ${attribute} lt 1`,
  }
}
