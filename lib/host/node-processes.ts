import type { Spawn } from './child.ts'
import { gateDescriptor } from './command-gate.ts'

/** What only node:child_process does for a child. */
export interface ChildExtras {
  /** Text for its stdin; without it stdin is /dev/null. */
  readonly input: string | undefined
  /**
   * For a child that waits behind a gate: called once it has a pid, and opens the gate by returning. Its
   * own error is thrown on, and the child killed.
   */
  readonly beforeGate: ((pid: number) => void) | undefined
  /** What the gate said. */
  readonly gateSaid: (text: string) => void
}

/** Starts programs by node:child_process. */
export async function nodeSpawn({ input, beforeGate, gateSaid }: ChildExtras): Promise<Spawn> {
  const { spawn } = await import('node:child_process')
  return ({ file, args, env, detached }, events) => {
    const gated = beforeGate === undefined ? [] : ['pipe' as const]
    const child = spawn(file, args, {
      cwd: '/',
      env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...gated],
      detached,
    })
    let released = false
    const told = (tell: () => void) => {
      if (!released) tell()
    }
    const kill = () => void child.kill('SIGKILL')
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('error', () => {})
      child[name]?.on('data', (bytes: Buffer) => told(() => events.output(name, bytes)))
    }
    child.on('error', error => told(() => events.failed('code' in error ? String(error.code) : error.name)))
    child.on('exit', (code, signal) => told(() => events.ended(code ?? undefined, signal ?? undefined)))
    child.on('close', () => told(() => events.closed()))
    // A command that does not read its input breaks the pipe; its exit code says all there is to say.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)

    const gate = child.stdio[gateDescriptor]
    if (child.pid !== undefined && gate !== null && gate !== undefined && 'write' in gate) {
      gate.on('error', () => {})
      gate.on('data', (text: unknown) => gateSaid(String(text)))
      try {
        beforeGate?.(child.pid)
      } catch (error) {
        kill()
        throw error
      }
      gate.write('\n')
    }
    return {
      pid: child.pid,
      kill,
      release() {
        released = true
        for (const stream of child.stdio) stream?.destroy()
        child.unref()
      },
    }
  }
}
