import { accessSync, constants, statSync } from 'node:fs'

const systemDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/**
 * The search path for children: what was inherited, then the system's own directories that it lacks
 * (pcs and systemd units hand over short ones). Relative entries would follow the cwd and are dropped.
 */
export function searchPath(inherited: string | undefined = process.env.PATH): string {
  const directories = (inherited ?? '').split(':').filter(directory => directory.startsWith('/'))
  for (const directory of systemDirectories) {
    if (!directories.includes(directory)) directories.push(directory)
  }
  return directories.join(':')
}

/**
 * Where a program lies, or undefined when it is not installed. Finds nothing while
 * OCF_TESTER_FAIL_HAVE_BINARY=1: so ocf-tester plays a host without the software.
 */
export function findBinary(name: string, path: string = searchPath()): string | undefined {
  if (process.env.OCF_TESTER_FAIL_HAVE_BINARY === '1') return undefined
  if (name === '' || name.includes('/') || name.includes('\0')) return undefined
  for (const directory of path.split(':')) {
    const candidate = `${directory}/${name}`
    if (directory !== '' && isProgram(candidate)) return candidate
  }
  return undefined
}

function isProgram(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
