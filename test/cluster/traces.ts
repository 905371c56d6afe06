import { existsSync, readdirSync, readFileSync } from 'node:fs'

/**
 * Everything a cluster still has on this host. Asked of the kernel, not of the code that did the removing.
 */
export function tracesOf(name: string): string[] {
  const mounts = read('/proc/self/mountinfo')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(path => path.includes(`/haha-lab/${name}/`) || path.includes(`/haha-lab-${name}.`))
  const folders = [`/run/haha-lab/${name}`, `/var/lib/haha-lab/${name}`]
  const hierarchies = ['/sys/fs/cgroup', ...list('/sys/fs/cgroup').map(one => `/sys/fs/cgroup/${one}`)]
  folders.push(...hierarchies.map(hierarchy => `${hierarchy}/haha-lab/${name}`))
  const namespaces = list('/run/netns').filter(netns => netns.startsWith(`haha-lab-${name}.`))
  return [...mounts, ...namespaces, ...folders.filter(path => existsSync(path)), ...processesOf(name)]
}

/** Controller, launchers and all that runs in a node. */
function processesOf(name: string): string[] {
  return (
    list('/proc')
      .filter(entry => /^\d+$/.test(entry))
      // A dead one that its parent has not asked after yet holds nothing any more.
      .filter(pid => !/^State:\s+Z/m.test(read(`/proc/${pid}/status`)))
      .filter(pid => {
        const words = read(`/proc/${pid}/cmdline`).split('\0')
        const controller = words.some(word => word.endsWith('/lab/controller.ts')) && words.includes(name)
        const launcher = words.some(word => word.includes(`/haha-lab/${name}/`))
        return controller || launcher || read(`/proc/${pid}/cgroup`).includes(`/haha-lab/${name}/`)
      })
      .map(pid => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`)
  )
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
