import type { Agent } from '../lib/ocf/agent.ts'
import type { AgentDefinition } from '../lib/ocf/definition.ts'
import { checkHost } from './ollama-gpu/host-check.ts'
import { lookAtServer } from './ollama-gpu/look.ts'
import { parameters, readSettings, type Settings } from './ollama-gpu/parameters.ts'
import { startServer } from './ollama-gpu/start.ts'
import { forceStopServer, stopServer } from './ollama-gpu/stop.ts'

const definition: AgentDefinition = {
  name: 'ollama-gpu',
  shortdesc: 'Runs and watches Ollama on a GPU',
  longdesc: `Runs an Ollama server and watches whether its model answers from the GPU: a server answers plain requests while its runner hangs, and while the model runs on the CPU.

Depth 0 asks process and HTTP, 10 model, video memory and driver, 20 has a token made without reloading the model, and tells busy from hung.

A failure of the GPU bans the node, with a reason that names the cure.`,
  parameters,
  actions: [
    { name: 'start', timeoutSeconds: 420 },
    { name: 'stop', timeoutSeconds: 60 },
    { name: 'monitor', timeoutSeconds: 20, intervalSeconds: 15, depth: 0 },
    { name: 'monitor', timeoutSeconds: 60, intervalSeconds: 60, depth: 10 },
    { name: 'monitor', timeoutSeconds: 90, intervalSeconds: 120, depth: 20 },
    { name: 'reload-agent', timeoutSeconds: 60 },
    { name: 'validate-all', timeoutSeconds: 60 },
    { name: 'meta-data', timeoutSeconds: 5 },
  ],
  requirements: [],
  example: `primitive p_voice ocf:haha:ollama-gpu \\
  params mode=serve binary=/usr/local/bin/ollama user=ollama \\
    models_dir=/var/lib/ollama/models host=0.0.0.0:11434 \\
    model=llama3.2:3b min_tokens_per_sec=15 \\
  op start timeout=420s interval=0 \\
  op stop timeout=60s interval=0 \\
  op monitor interval=15s timeout=20s \\
  op monitor interval=60s timeout=60s OCF_CHECK_LEVEL=10 \\
  op monitor interval=120s timeout=90s OCF_CHECK_LEVEL=20`,
  nonGoals: [
    'It does not pull models: a missing one is named, and bans the node.',
    'It does not reset a GPU or restart a machine: it says when that is needed.',
    'It does not create containers or units.',
    'It does not end runners of servers that are not its own.',
  ],
}

export const agent: Agent<Settings> = {
  definition,
  settings: readSettings,
  checkHost,
  look: lookAtServer,
  start: startServer,
  stop: stopServer,
  forceStop: forceStopServer,
}
