import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleFence, root } from '../../../scripts/bundle.ts'

/** Bundles the agent as it is installed, into a directory of its own. */
export async function bundleFenceHomelab(): Promise<{ readonly path: string; remove(): void }> {
  const directory = mkdtempSync(join(tmpdir(), 'fence-homelab-'))
  const outFile = join(directory, 'fence_homelab')
  const entry = join(root, 'fence/fence-homelab.ts')
  await bundleFence({ entry, outFile, version: '0.0.0-test' })
  return { path: outFile, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** How a run of an agent ended. */
export interface AgentRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** Runs an agent as the fencer does: no arguments, options on standard input; or with arguments. */
export function runAgent(
  path: string,
  options: Readonly<Record<string, string | number>> | string | Buffer,
  args: readonly string[] = [],
  command: readonly string[] = [process.execPath],
): Promise<AgentRun> {
  const started = performance.now()
  const [program = process.execPath, ...before] = command
  const child = spawn(program, [...before, path, ...args], {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  })
  const input =
    typeof options === 'string' || Buffer.isBuffer(options)
      ? options
      : Object.entries(options)
          .map(([name, value]) => `${name}=${value}\n`)
          .join('')
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (part: Buffer) => {
    stdout += part.toString('utf8')
  })
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString('utf8')
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
    child.on('error', reject)
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ code, stdout, stderr, ms: performance.now() - started })
    })
  })
}
