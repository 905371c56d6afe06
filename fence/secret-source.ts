import { commonOptions } from './common-options.ts'
import type { ChildOutput } from './operator-file.ts'
import { readOperatorFile, runOperatorScript, statOperatorFile } from './operator-file.ts'
import type { ReadOption } from './options.ts'
import { SwitchFailure } from './power-switch.ts'

/**
 * The password from `password`, else from the first line of password_script's output, else from the
 * first line of password_file, which must belong to root and be closed to everybody else.
 *
 * @throws SwitchFailure when a source is named and gives nothing usable
 */
export async function readPassword(read: ReadOption): Promise<string | undefined> {
  const password = read(commonOptions.password)
  if (password !== undefined) return password
  const script = read(commonOptions.passwordScript)
  if (script !== undefined) return passwordOf(await runOperatorScript(script), 'password_script')
  const file = read(commonOptions.passwordFile)
  if (file === undefined) return undefined
  const facts = await statOperatorFile(file)
  if (facts === undefined)
    throw new SwitchFailure('final', 'password_file cannot be read: does it exist on this node?')
  const { mode, owner } = facts
  if (!/^0?[0-7]00$/.test(mode) || owner !== String(process.getuid?.() ?? 0))
    throw new SwitchFailure('final', `password_file has mode ${mode}: chown root and chmod 0600 it`)
  return passwordOf(await readOperatorFile(file), 'password_file')
}

function passwordOf(output: ChildOutput, source: string): string {
  const line = output?.stdout.split('\n')[0]?.replace(/\r$/, '') ?? ''
  if (output === undefined) throw new SwitchFailure('final', `${source} did not end within 3 s`)
  if (output.code !== 0 || line === '')
    throw new SwitchFailure('final', `${source} gave no password (exit code ${output.code ?? 'none'})`)
  return line
}
