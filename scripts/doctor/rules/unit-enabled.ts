import { anyShell, type Rule } from '../finding.ts'

export const unitEnabled: Rule = {
  id: 'unit-enabled',
  about: 'systemd starts at boot what only Pacemaker should start.',
  check({ units, node }) {
    return units
      .filter(({ fileState }) => fileState === 'enabled' || fileState === 'enabled-runtime')
      .map(({ name, resource }) => ({
        severity: 'warning' as const,
        seen: `${name} is enabled on ${node ?? 'this node'}, and ${resource} runs it`,
        why: 'It starts at boot beside the node that has it, and comes back by itself when Pacemaker stops it: one service in two places.',
        ...anyShell(`systemctl disable ${name}   # it runs on: Pacemaker has it`),
      }))
  },
}
