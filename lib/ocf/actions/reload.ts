import { ExitCode } from '../exit-codes.ts'
import type { Outcome } from '../outcome.ts'
import { recordable } from '../read-settings.ts'
import type { Run } from '../run.ts'
import { checkEverything } from './validate.ts'

/** Takes over parameters marked reloadable (OCF 1.1 reload-agent) without touching what runs. */
export async function reloadAgent<Settings>(run: Run<Settings>): Promise<Outcome> {
  const problem = await checkEverything(run)
  if (problem !== undefined) return problem
  await run.agent.reload?.(run.action)
  const parameters = recordable(run.agent.definition, run.action.invocation)
  run.file.update(state => (state.active ? { ...state, parameters } : state))
  return { code: ExitCode.success }
}
