import type { Cib } from '../../pacemaker/cib.ts'
import { anyShell, type Finding, type Rule, shellWord } from '../finding.ts'
import type { SecretFile } from '../sources/secret-files.ts'

export const secretReadable: Rule = {
  id: 'secret-readable',
  about: 'A file with a secret may be read by others, or a password stands in the configuration itself.',
  check({ secretFiles, cib, node }) {
    const files = secretFiles.flatMap(file => fileFinding(file, node ?? 'this node'))
    return cib === undefined ? files : [...files, ...inConfiguration(cib)]
  },
}

const forOthers = 0o007
const forGroup = 0o070

function fileFinding({ path, usedBy, mode, groupMayRead }: SecretFile, node: string): readonly Finding[] {
  const everybody = (mode & forOthers) !== 0
  if (!everybody && (groupMayRead || (mode & forGroup) === 0)) return []
  return [
    {
      severity: everybody ? 'critical' : 'warning',
      seen: `${path} on ${node} has mode ${mode.toString(8).padStart(4, '0')} and is used by ${usedBy}`,
      why: `${everybody ? 'Every user and container with that folder' : 'Its group'} can read what switches machines off or speaks for the cluster.`,
      ...anyShell(`chmod ${groupMayRead ? '0640' : '0600'} ${shellWord(path)}`),
    },
  ]
}

/** Parameters that every agent's metadata calls a password. */
const holdsSecret = /^(password|passwd|passphrase|login_password|snmp_priv_passwd|secret|token|community)$/

function inConfiguration({ resources }: Cib): readonly Finding[] {
  return resources.flatMap(({ id, agent, parameters }) => {
    const name = [...parameters].find(([key, value]) => holdsSecret.test(key) && value !== '')?.[0]
    if (name === undefined) return []
    const file = agent === 'stonith:fence_homelab' ? 'password_file' : `${name}_script`
    const parameter = file.replace('passwd_script', 'password_script')
    return [
      {
        severity: 'notice' as const,
        seen: `${name} of ${id} stands in the configuration`,
        why: 'Whoever may look at the cluster reads it, and it is in every backup and bug report of the CIB.',
        crmsh: `crm resource param ${id} set ${parameter} <a file of mode 0600> && crm resource param ${id} delete ${name}`,
        pcs: `pcs stonith update ${id} ${parameter}=<a file of mode 0600> ${name}=`,
      },
    ]
  })
}
