import type { Agent } from '../../../lib/ocf/agent.ts'
import { sample } from './sample-agent/definition.ts'

/** The smallest agent that can be bundled: the sample's definition, and nothing ever running. */
export const agent: Agent<undefined> = {
  definition: sample,
  settings: () => undefined,
  look: async () => ({ state: 'stopped' }),
  start: async () => {},
  stop: async () => {},
  forceStop: async () => {},
}
