import type { Act, ActOutcome, ActSource } from '../act.ts'
import { lastLine, runTool } from '../cluster-tools.ts'
import { isElsewhere } from '../settled.ts'
import { expectedAfterLoss } from './expectation.ts'

/** The fencer's own limit for all its tries, seconds. */
const LIMIT_SECONDS = 120

/** The operator has a node fenced: the device, its map and the take-over, but not the detection. */
export function fence(source: ActSource): ActOutcome {
  const { aim, here } = source.situation
  const command = ['--reboot', aim.node, '--timeout', String(LIMIT_SECONDS)]
  const act: Act = {
    plan: {
      does: [`on ${here}: stonith_admin ${command.join(' ')}`],
      expects: expectedAfterLoss(source, true),
      undoes: [`nothing: the device switches ${aim.node} on again`],
    },
    async make(stage) {
      stage.fault(`${aim.node} is to be fenced: stonith_admin --reboot`)
      const timeoutMs = (LIMIT_SECONDS + 10) * 1000
      const result = await runTool('stonith_admin', command, { timeoutMs })
      if (result.code !== 0) throw new Error(`stonith_admin ${command.join(' ')} said: ${lastLine(result)}`)
      stage.check(`stonith_admin says that ${aim.node} was fenced`, true)
    },
    isOver: ({ picture }) => isElsewhere(picture, aim.resource, aim.node),
    returns: aim.node,
  }
  return { ok: true, act }
}
