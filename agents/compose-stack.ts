import type { Agent } from '../lib/ocf/agent.ts'
import type { AgentDefinition } from '../lib/ocf/definition.ts'
import { checkHost } from './compose-stack/host-check.ts'
import { lookAtStack } from './compose-stack/look.ts'
import { parameters, readSettings, type Settings } from './compose-stack/parameters.ts'
import { startStack } from './compose-stack/start.ts'
import { forceStopStack, stopStack } from './compose-stack/stop.ts'

const definition: AgentDefinition = {
  name: 'compose-stack',
  shortdesc: 'Runs and watches a Docker Compose stack',
  longdesc: `Runs the services of a Docker Compose project as one resource, and watches what they do, not only that their containers are up: a dead application in a running container, a hung server, a paused, crash-looping or unhealthy service is a failure that names the service.

Truth comes from the Docker engine by one question over its socket, and from /proc where the engine is dead or hung. Monitor and stop need neither compose nor the compose files. Restart policies are switched off before anything starts, because dockerd would bring the stack up after a fence on a node that lost it; one failed service is restarted in place a limited number of times instead.

Give the services probes: without them and without health checks a dead process in an Up container stays unseen.`,
  parameters,
  actions: [
    { name: 'start', timeoutSeconds: 300 },
    { name: 'stop', timeoutSeconds: 120 },
    { name: 'monitor', timeoutSeconds: 30, intervalSeconds: 20, depth: 0 },
    { name: 'monitor', timeoutSeconds: 45, intervalSeconds: 60, depth: 10 },
    { name: 'monitor', timeoutSeconds: 60, intervalSeconds: 300, depth: 20 },
    { name: 'reload-agent', timeoutSeconds: 60 },
    { name: 'validate-all', timeoutSeconds: 60 },
    { name: 'meta-data', timeoutSeconds: 5 },
  ],
  requirements: [],
  example: `primitive p_stack ocf:haha:compose-stack \\
  params directory=/mnt/iot/stack required_mount=/mnt/iot \\
    probes="homeassistant=http://127.0.0.1:8123/ mosquitto=mqtt://127.0.0.1" \\
    optional_services="esphome" \\
  op start timeout=300s interval=0 \\
  op stop timeout=120s interval=0 \\
  op monitor interval=20s timeout=30s \\
  op monitor interval=60s timeout=45s OCF_CHECK_LEVEL=10`,
  nonGoals: [
    'It does not build images, and pulls them only with pull=missing.',
    'It does not run the pre_stop hooks of compose files.',
    'It does not move volumes of one node to another.',
    'It does not decide where the stack runs: constraints do.',
  ],
}

export const agent: Agent<Settings> = {
  definition,
  settings: readSettings,
  contradictions(settings) {
    const both = settings.oneShots.find(service => settings.optionalServices.includes(service))
    return both === undefined
      ? []
      : [
          {
            kind: 'configuration',
            text: `one_shots and optional_services both name ${both}: a one-shot is waited for, an optional service is not`,
          },
        ]
  },
  checkHost,
  look: lookAtStack,
  start: startStack,
  stop: stopStack,
  forceStop: forceStopStack,
  samples: async action => (await import('./compose-stack/metrics.ts')).samples(action),
}
