import { endProcess } from '../../lib/host/end-process.ts'
import { allProcesses, isSameProcess, type ProcessStat, processState } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { accountOf } from './account.ts'
import { withCleanup } from './gpu.ts'
import { commandWords, describeLeft, environmentOf, programPath, runsProgram, uidOf } from './identity.ts'
import type { Settings } from './parameters.ts'

/** A runner whose server is gone. */
interface Orphan extends ProcessStat {
  readonly ours: boolean
}

/**
 * Ends runners that a server of ours left behind, and names those of others: they hold video memory that
 * the model about to be loaded needs.
 */
export async function reapOrphans(action: Action<Settings>): Promise<void> {
  const { settings, report, deadline } = action
  const orphans = await findOrphans(action)
  for (const { pid, ours } of orphans) {
    if (ours && settings.reapOrphans) report.warn(`ending runner pid ${pid}, which a dead server left behind`)
    else report.warn(`runner pid ${pid} has no server and holds memory of the GPU: not ours to end`)
  }
  const doomed = orphans.filter(({ ours }) => ours && settings.reapOrphans)
  deadline.waitFor('the end of orphaned runners')
  const ends = await Promise.all(doomed.map(orphan => endProcess(orphan, { graceMs: 0 })))
  const survivors = doomed.filter((_, index) => ends[index]?.state === 'alive')
  if (survivors.length > 0)
    throw new ActionFailure(ExitCode.installed, withCleanup(action, describeLeft(survivors)))
}

async function findOrphans(action: Action<Settings>): Promise<readonly Orphan[]> {
  const { binary, user, modelsDir, mode } = action.settings
  const path = programPath(mode === 'serve' ? binary : 'ollama')
  const account = mode === 'serve' ? await accountOf(action, user) : undefined
  const all = allProcesses()
  return all.flatMap(process => {
    const { pid, parent } = process
    const words = commandWords(pid)
    if (!isRunner(words) || !isSameProcess(process)) return []
    // Adopted by init or a session's manager: a server that lives is its runner's parent.
    if (commandWords(parent).includes('serve') || processState(parent) === 'D') return []
    const own =
      path !== undefined &&
      account !== undefined &&
      runsProgram(pid, path, words) &&
      uidOf(pid) === account.uid &&
      usesModels(pid, words, modelsDir ?? `${account.home}/.ollama/models`)
    return [{ ...process, ours: own }]
  })
}

/** `ollama runner --model FILE --port N`, or the llama-server that newer ones ship. */
function isRunner(words: readonly string[]): boolean {
  const program = words.slice(0, 2).some(word => /(?:^|\/)(?:ollama|llama-server)[^/]*$/.test(word))
  return program && words.includes('--port') && (words.includes('--model') || words.includes('-m'))
}

function usesModels(pid: number, words: readonly string[], folder: string): boolean {
  const at = words.includes('--model') ? words.indexOf('--model') : words.indexOf('-m')
  return words[at + 1]?.startsWith(`${folder}/`) === true || environmentOf(pid, 'OLLAMA_MODELS') === folder
}
