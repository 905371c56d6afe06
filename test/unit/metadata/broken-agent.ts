import { agent as good } from './sample-agent.ts'

const { definition } = good

/** The sample without a stop: no build may let it out. */
export const agent = {
  ...good,
  definition: { ...definition, actions: definition.actions.filter(action => action.name !== 'stop') },
}
