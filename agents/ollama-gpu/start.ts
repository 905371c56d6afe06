import { pause } from '../../lib/host/clock.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { keeperOf } from './keepers.ts'
import { lookAtServer } from './look.ts'
import type { Settings } from './parameters.ts'

export async function startServer(action: Action<Settings>): Promise<void> {
  const keeper = keeperOf(action.settings)
  await keeper.begin(action)
  await answers(action)
}

/** The listener opens before the GPU is discovered: an answer is awaited, not a port. */
async function answers(action: Action<Settings>): Promise<void> {
  const keeper = keeperOf(action.settings)
  for (;;) {
    const observation = await lookAtServer(action, { depth: 0, purpose: 'start' })
    if (observation.state === 'running' || observation.state === 'degraded') return
    const found = await keeper.find(action, 'start')
    if (found.kind === 'down') {
      const words = await keeper.lastWords(action)
      throw new ActionFailure(
        ExitCode.generic,
        `the server ended at once: ${words ?? 'it said nothing, run it by hand'}`,
      )
    }
    action.deadline.waitFor(observation.state === 'starting' ? observation.reason : 'the server to answer')
    await pause(100)
  }
}
