import { findBinary, runCommand } from '../host/command.ts'

/** Longest wait for the attribute daemon; what it would have been told is in the log as well. */
const tellTimeoutMs = 2000

/**
 * Sets a private node attribute: seen on all nodes, never written to the CIB, gone when the node
 * leaves. An empty value says that the fault is over (`attrd_updater -D` leaves that behind as well).
 *
 * @returns what went wrong, undefined when it was set
 */
export async function setPrivateAttribute(name: string, value: string): Promise<string | undefined> {
  if (findBinary('attrd_updater') === undefined)
    return 'attrd_updater is not installed (package pacemaker-cli-utils)'
  const answer = await runCommand('attrd_updater', ['--private', '--name', name, '--update', value], {
    timeoutMs: tellTimeoutMs,
  })
  if (answer.timedOut) return `attrd_updater gave no answer within ${tellTimeoutMs / 1000} s`
  return answer.code === 0 ? undefined : `attrd_updater answered ${answer.code ?? answer.signal ?? 'nothing'}`
}
