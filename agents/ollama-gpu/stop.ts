import type { Action } from '../../lib/ocf/agent.ts'
import { keeperOf } from './keepers.ts'
import type { Settings } from './parameters.ts'

/** The server, and with it the runners. A runner that no signal reaches is found by the look after it. */
export async function stopServer(action: Action<Settings>): Promise<void> {
  await keeperOf(action.settings).end(action)
}

export async function forceStopServer(action: Action<Settings>): Promise<void> {
  await keeperOf(action.settings).kill(action)
}
