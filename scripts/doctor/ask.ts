import { type CommandResult, runCommand } from '../../lib/host/command.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'

/** Something that is there and could not be looked at; the message says why, as a phrase. */
export class LookFailure extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'LookFailure'
  }
}

/** It runs and does not answer: another source would hide that something hangs. */
export class NoAnswer extends LookFailure {
  constructor(binary: string, timeoutMs: number) {
    super(`${binary} gave no answer within ${timeoutMs} ms`)
    this.name = 'NoAnswer'
  }
}

/** Most bytes taken from a tool: a CIB with thousands of resources fits. */
const maxOutputBytes = 16 * 1024 * 1024

/**
 * What a tool printed, whatever its exit code was.
 * @throws NoAnswer when it is killed at its time limit, CommandMissing when it is not installed
 */
export async function askTool(
  binary: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<CommandResult> {
  const answer = await runCommand(binary, args, { timeoutMs, maxOutputBytes })
  if (answer.timedOut) throw new NoAnswer(binary, timeoutMs)
  if (answer.truncated) throw new LookFailure(`${binary} printed more than ${maxOutputBytes} bytes`)
  return answer
}

/** What a tool printed. @throws LookFailure also when it exits with an error, with its own first words */
export async function askedOf(binary: string, args: readonly string[], timeoutMs: number): Promise<string> {
  const { code, signal, stdout, stderr } = await askTool(binary, args, timeoutMs)
  if (code === 0) return stdout
  const said = firstWords(stderr) || firstWords(errorInXml(stdout))
  throw new LookFailure(
    `${binary} answers ${code ?? signal ?? 'nothing'}${said === '' ? '' : `: ${oneLine(said, 100)}`}`,
  )
}

function firstWords(text: string): string {
  return text.split('\n').find(line => line.trim() !== '') ?? ''
}

/** With --output-as=xml tools of Pacemaker put their errors there, too; the last one says most. */
function errorInXml(text: string): string {
  return [...text.matchAll(/<error>([^<]*)<\/error>/g)].at(-1)?.[1] ?? ''
}
