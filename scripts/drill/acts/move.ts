import type { Act, ActOutcome, ActSource } from '../act.ts'
import { lastLine, runTool } from '../cluster-tools.ts'
import { heirOf } from '../refusals.ts'
import { isSettledOn } from '../settled.ts'

/** The constraint ends by itself, should nobody be left to clear it. */
const LIFETIME = 'PT1H'

/** The operator's own move: stop here, start there, nobody is fenced. */
export function move({ situation }: ActSource): ActOutcome {
  const { aim } = situation
  const heir = heirOf(situation)
  if (heir === undefined) return { ok: false, faults: [] }
  const clear = ['--clear', '--resource', aim.resource]
  const command = ['--move', '--resource', aim.resource, '--node', heir, '--lifetime', LIFETIME]
  const act: Act = {
    plan: {
      does: [`on ${situation.here}: crm_resource ${command.join(' ')}`],
      expects: [`${aim.resource} stops on ${aim.node} and starts on ${heir}; nobody is fenced`],
      undoes: [
        `crm_resource ${clear.join(' ')}; the resource then stays where its scores and stickiness hold it`,
        'the constraint would also end by itself after an hour',
      ],
    },
    async make(stage) {
      stage.undos.add(`the constraint of the move is cleared: crm_resource ${clear.join(' ')}`, async () => {
        const result = await runTool('crm_resource', clear)
        if (result.code !== 0)
          throw new Error(`crm_resource ${clear.join(' ')} said: ${lastLine(result)}; run it by hand`)
      })
      stage.fault(`${aim.resource} is told to move from ${aim.node} to ${heir}`)
      const result = await runTool('crm_resource', command, { timeoutMs: 60_000 })
      if (result.code !== 0) throw new Error(`crm_resource ${command.join(' ')} said: ${lastLine(result)}`)
    },
    isOver: ({ picture }) => isSettledOn(picture, aim.resource, heir),
  }
  return { ok: true, act }
}
