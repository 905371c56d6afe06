/**
 * A filesystem held hung for real, in a mount namespace of its own, and a process that plays the agent on
 * it. Run as `unshare --mount --propagation private node hung-mounts.ts fuse|frozen DIRECTORY AGENT`:
 * AGENT is a module's text that finds the mount as process.argv[1]. Prints one line of JSON.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'

export interface Watched {
  /** What the agent wrote. */
  readonly output: string
  /** From its last output to its end, as seen from outside; undefined when it had to be killed. */
  readonly exitMs: number | undefined
  readonly code: number | null
}

const patienceMs = 6000

function watch(mountPoint: string, agent: string): Promise<Watched> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', agent, mountPoint], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  let spoke = Date.now()
  child.stdout.on('data', text => {
    output += String(text)
    spoke = Date.now()
  })
  return new Promise(resolve => {
    let killed = false
    const patience = setTimeout(() => {
      killed = true
      child.kill('SIGKILL')
      resolve({ output, exitMs: undefined, code: null })
    }, patienceMs)
    child.on('exit', code => {
      clearTimeout(patience)
      if (!killed) setImmediate(() => resolve({ output, exitMs: Date.now() - spoke, code }))
    })
  })
}

/** Nobody ever answers on /dev/fuse, not even the first request: every access waits, killable. */
async function onFuse(directory: string, agent: string): Promise<Watched> {
  const mountPoint = `${directory}/fuse`
  mkdirSync(mountPoint)
  const device = openSync('/dev/fuse', 'r+')
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0'
  execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'none', mountPoint], {
    stdio: ['ignore', 'inherit', 'inherit', device],
  })
  try {
    return await watch(mountPoint, agent)
  } finally {
    closeSync(device)
    execFileSync('umount', ['-l', mountPoint])
  }
}

/** Whoever writes to a frozen filesystem waits in uninterruptible sleep until it is thawed. */
async function onFrozen(directory: string, agent: string): Promise<Watched> {
  const mountPoint = `${directory}/frozen`
  const image = `${directory}/image`
  mkdirSync(mountPoint)
  execFileSync('truncate', ['-s', '16M', image])
  execFileSync('mkfs.ext4', ['-q', '-F', image])
  execFileSync('mount', ['-o', 'loop', image, mountPoint])
  let guard: ChildProcess | undefined
  try {
    execFileSync('fsfreeze', ['-f', mountPoint])
    // Should this process be killed, the filesystem must not stay frozen for ever.
    guard = spawn('sh', ['-c', 'sleep 20; fsfreeze -u "$1"', 'sh', mountPoint], {
      stdio: 'ignore',
      detached: true,
    })
    return await watch(mountPoint, agent)
  } finally {
    execFileSync('fsfreeze', ['-u', mountPoint])
    if (guard?.pid !== undefined) process.kill(-guard.pid, 'SIGKILL')
    execFileSync('umount', ['-l', mountPoint])
  }
}

const [kind, directory, agent] = process.argv.slice(2)
if (directory !== undefined && agent !== undefined) {
  const watched = await (kind === 'frozen' ? onFrozen : onFuse)(directory, agent)
  console.log(JSON.stringify(watched))
}
