import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/** The repository's root. */
export const root = resolve(import.meta.dirname, '../../..')

/** Bundles the agent as it is installed, into a directory of its own. */
export async function bundleFenceHomelab(): Promise<{ readonly path: string; remove(): void }> {
  const directory = mkdtempSync(join(tmpdir(), 'fence-homelab-'))
  const path = join(directory, 'fence_homelab')
  await build({
    stdin: {
      contents: `import { run } from './fence/fence-homelab.ts'\nvoid run({ version: '0.0.0-test' })`,
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    banner: { js: '#!/usr/bin/node' },
    outfile: path,
  })
  const { chmodSync } = await import('node:fs')
  chmodSync(path, 0o755)
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) }
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
