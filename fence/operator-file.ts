import { runCommand } from '../lib/host/command.ts'

/** What a child printed and how it ended; undefined when it did not end in time. */
export type ChildOutput = { readonly code: number | undefined; readonly stdout: string } | undefined

const limitMs = 3000

/** What a file holds that an operator named. It may lie on a hung filesystem, so a child opens it. */
export function readOperatorFile(path: string): Promise<ChildOutput> {
  return outputOf('/bin/cat', ['--', path])
}

/** Mode in octal and owner's number of such a file. */
export async function statOperatorFile(path: string): Promise<{ mode: string; owner: string } | undefined> {
  const output = await outputOf('/usr/bin/stat', ['-L', '-c', '%a %u', '--', path])
  const [mode, owner] = output?.code === 0 ? output.stdout.trim().split(' ') : []
  return mode === undefined || owner === undefined ? undefined : { mode, owner }
}

/**
 * What a script prints that an operator named. A shell begins it: starting a program from a hung
 * filesystem holds up the process that starts it until the first byte of the program is there.
 */
export function runOperatorScript(path: string): Promise<ChildOutput> {
  return outputOf('/bin/sh', ['-c', 'exec "$0"', path])
}

async function outputOf(command: string, args: readonly string[]): Promise<ChildOutput> {
  const { code, stdout, timedOut } = await runCommand(command, args, { timeoutMs: limitMs, detached: true })
  return timedOut ? undefined : { code, stdout }
}
