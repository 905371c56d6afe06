import { anyShell, type Finding, type Rule } from '../finding.ts'
import type { Observation } from '../observation.ts'
import type { Upgrade } from '../sources/upgrades.ts'

export const upgradePending: Rule = {
  id: 'upgrade-pending',
  about:
    'An upgrade of Node.js, the distribution or the cluster is pending, and the cluster is not in maintenance.',
  check(seen) {
    const { upgrades } = seen
    if (upgrades === undefined || isPrepared(seen)) return []
    const { pending, unattended } = upgrades
    const release = pending.filter(isRelease)
    const node = usesNode(seen) ? pending.filter(({ name }) => /^(nodejs|libnode\d+)$/.test(name)) : []
    const rest = pending.filter(({ name }) => restarting.includes(name))
    return [
      ...found('warning', 'a distribution upgrade', release, unattended, nodeWhy),
      ...found('warning', 'an upgrade of Node.js', node, unattended, nodeWhy),
      ...found(unattended ? 'warning' : 'notice', 'an upgrade', rest, unattended, restWhy),
    ]
  },
}

const restarting = ['pacemaker', 'corosync', 'docker.io', 'docker-ce', 'containerd', 'containerd.io']

const nodeWhy =
  'The agents run by /usr/bin/node. While that is replaced their stop cannot answer, and a stop that fails fences the node.'
const restWhy =
  'Its installation restarts the daemon: containers end, or the node leaves the cluster, and Pacemaker recovers what it sees as lost.'

/** In maintenance, or drained, nothing can happen to a resource here. */
function isPrepared({ status, node }: Observation): boolean {
  const own = status?.nodes.find(({ name }) => name === node)
  return status?.maintenance === true || own?.maintenance === true || own?.standby === true
}

function usesNode({ cib }: Observation): boolean {
  return (cib?.resources ?? []).some(({ agent }) => /^(ocf:haha:|stonith:fence_homelab$)/.test(agent))
}

/** base-files carries the number of the release, `12.4+deb12u5`. */
function isRelease({ name, installed, candidate }: Upgrade): boolean {
  return name === 'base-files' && Number.parseInt(candidate, 10) > Number.parseInt(installed, 10)
}

function found(
  severity: Finding['severity'],
  what: string,
  upgrades: readonly Upgrade[],
  unattended: boolean,
  why: string,
): readonly Finding[] {
  if (upgrades.length === 0) return []
  const list = upgrades.map(({ name, candidate }) => `${name} ${candidate}`).join(', ')
  return [
    {
      severity,
      seen: `${what} is pending (${list})${unattended ? ', and this machine upgrades by itself' : ''}, without maintenance mode`,
      why,
      ...(unattended
        ? anyShell(
            `apt-mark hold ${upgrades.map(({ name }) => name).join(' ')}   # until you upgrade in maintenance mode`,
          )
        : maintenance),
    },
  ]
}

const maintenance = {
  crmsh: 'crm configure property maintenance-mode=true && crm_resource --wait   # upgrade, then =false',
  pcs: 'pcs property set maintenance-mode=true && crm_resource --wait   # upgrade, then =false',
}
