import { projectOf } from '../../../agents/compose-stack/project-name.ts'
import type { Resource } from '../../pacemaker/cib.ts'
import { anyShell, type Finding, type Rule } from '../finding.ts'
import type { Observation } from '../observation.ts'
import type { Container } from '../sources/containers.ts'

export const restartPolicy: Rule = {
  id: 'restart-policy',
  about: 'Docker would start a container of a resource by itself, beside the node that took it over.',
  check(seen) {
    return (seen.cib?.resources ?? []).flatMap(resource => [
      ...containersFinding(resource, seen),
      ...optionFinding(resource),
    ])
  },
}

const why =
  'After a power loss, which is what fencing is, dockerd starts it at boot, while it runs on the node that took over: two of them write the same files.'

function containersFinding(
  resource: Resource,
  { containers, node, status }: Observation,
): readonly Finding[] {
  const armed = containers.filter(container => container.policy !== 'no' && belongsTo(container, resource))
  if (armed.length === 0) return []
  const names = armed.map(({ name }) => name)
  const shown =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
  const policies = [...new Set(armed.map(({ policy }) => policy))].join(', ')
  const isHere = status?.active.some(({ id, nodes }) => id === resource.id && nodes.includes(node ?? ''))
  return [
    {
      severity: 'critical',
      seen: `${shown} of ${resource.id} ${names.length === 1 ? 'has' : 'have'} restart policy ${policies} on ${node ?? 'this node'}${isHere === false ? ', where it does not run' : ''}`,
      why,
      ...anyShell(`docker update --restart=no ${names.join(' ')}`),
    },
  ]
}

function belongsTo({ name, project }: Container, { id, agent, parameters }: Resource): boolean {
  switch (agent) {
    case 'ocf:haha:compose-stack':
      return (
        project !== '' &&
        project === (parameters.get('project') ?? projectOf(parameters.get('directory') ?? ''))
      )
    case 'ocf:heartbeat:docker-compose':
      return project !== '' && project === projectOf(parameters.get('dirname') ?? '')
    case 'ocf:heartbeat:docker':
      return name === (parameters.get('name') ?? id)
    case 'ocf:haha:ollama-gpu':
      return parameters.get('mode') === 'docker' && name === (parameters.get('container') ?? 'ollama')
    default:
      return false
  }
}

/** Pacemaker's own words to Docker, seen from any node. */
function optionFinding({ id, agent, parameters }: Resource): readonly Finding[] {
  const policy = /--restart[= ](always|unless-stopped|on-failure)/.exec(parameters.get('run_opts') ?? '')?.[1]
  if (agent !== 'ocf:heartbeat:docker' || policy === undefined) return []
  return [
    {
      severity: 'critical',
      seen: `run_opts of ${id} has --restart=${policy}`,
      why,
      crmsh: `crm configure edit ${id}   # without --restart=${policy} in run_opts`,
      pcs: `pcs resource update ${id} run_opts="<the same without --restart=${policy}>"`,
    },
  ]
}
