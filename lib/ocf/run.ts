import type { Action, Agent } from './agent.ts'
import type { StateFile } from './state-file.ts'

/** One action of one agent, as the life cycle handles it. */
export interface Run<Settings> {
  readonly agent: Agent<Settings>
  readonly action: Action<Settings>
  readonly file: StateFile
}
