import { readFileSync } from 'node:fs'

/** Where Pacemaker writes its detail log on this node. */
export function pacemakerLog(): string {
  for (const file of ['/etc/default/pacemaker', '/etc/sysconfig/pacemaker']) {
    try {
      const [, path] = /^\s*PCMK_logfile=["']?([^"'\s]+)/m.exec(readFileSync(file, 'utf8')) ?? []
      if (path?.startsWith('/')) return path
    } catch {
      // Not there on this distribution.
    }
  }
  return '/var/log/pacemaker/pacemaker.log'
}
