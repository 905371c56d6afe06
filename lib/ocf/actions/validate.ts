import { findBinary } from '../../host/command.ts'
import type { Problem } from '../agent.ts'
import { ExitCode } from '../exit-codes.ts'
import type { Outcome } from '../outcome.ts'
import { unknownParameters } from '../read-settings.ts'
import type { Run } from '../run.ts'

const codes = {
  configuration: ExitCode.configured,
  host: ExitCode.args,
  software: ExitCode.installed,
  permission: ExitCode.permission,
  passing: ExitCode.generic,
} as const satisfies Record<Problem['kind'], ExitCode>

/** Checks parameters, and the host as well at check level 10 (OCF 1.1: validate-all may look deeper then). */
export async function validateAll<Settings>(run: Run<Settings>): Promise<Outcome> {
  const problem = run.action.invocation.checkLevel >= 10 ? await checkEverything(run) : checkParameters(run)
  return problem ?? { code: ExitCode.success }
}

/** What start and reload-agent ask for: right parameters, installed software, a fit host. */
export async function checkEverything<Settings>(run: Run<Settings>): Promise<Outcome | undefined> {
  const wrong = checkParameters(run)
  if (wrong !== undefined) return wrong
  const missing = run.agent.definition.requirements
    .filter(requirement => findBinary(requirement.binary) === undefined)
    .map(
      (requirement): Problem => ({
        kind: 'software',
        text: `${requirement.binary} is not installed on this node: apt install ${requirement.debianPackage}`,
      }),
    )
  return settle(run, missing) ?? settle(run, (await run.agent.checkHost?.(run.action)) ?? [])
}

function checkParameters<Settings>(run: Run<Settings>): Outcome | undefined {
  const { invocation, report, settings } = run.action
  for (const name of unknownParameters(run.agent.definition, invocation)) {
    report.warn(`parameter ${name} is unknown to ${invocation.agent} and ignored: is it misspelt?`)
  }
  return settle(run, run.agent.contradictions?.(settings) ?? [])
}

/** Says every problem; the first decides the code. */
function settle<Settings>(run: Run<Settings>, problems: readonly Problem[]): Outcome | undefined {
  for (const problem of problems) run.action.report.error(problem.text)
  const first = problems[0]
  return first === undefined ? undefined : { code: codes[first.kind], reason: first.text }
}
