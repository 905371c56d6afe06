/** What a child printed and how it ended. */
export interface ChildOutput {
  readonly code: number | null
  readonly stdout: string
}

/**
 * Runs a command in `/` and reads what it prints. Paths that an operator names may lie on a hung
 * filesystem, so they are opened by such a child only; one that does not end in `limitMs` is killed
 * and left behind, never waited for. Undefined says that it did not end in time or did not begin.
 */
export async function childOutput(
  command: string,
  args: readonly string[],
  limitMs: number,
): Promise<ChildOutput | undefined> {
  const { spawn } = await import('node:child_process')
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: '/', stdio: ['ignore', 'pipe', 'ignore'], detached: true })
    const parts: Buffer[] = []
    let size = 0
    const finish = (output: ChildOutput | undefined) => {
      clearTimeout(timer)
      child.stdout.destroy()
      child.unref()
      resolve(output)
    }
    const end = () => {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It ended in this very moment.
      }
    }
    const timer = setTimeout(() => {
      end()
      finish(undefined)
    }, limitMs)
    child.stdout.on('data', (part: Buffer) => {
      size += part.length
      if (size <= 1_048_576) parts.push(part)
    })
    child.on('error', () => finish(undefined))
    child.on('close', code => finish({ code, stdout: Buffer.concat(parts).toString('utf8') }))
  })
}
