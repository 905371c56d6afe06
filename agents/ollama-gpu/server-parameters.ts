import { listParameter } from '../../lib/ocf/list-parameter.ts'
import { declare } from '../../lib/ocf/parameter.ts'
import {
  booleanParameter,
  integerParameter,
  pathParameter,
  selectParameter,
  stringParameter,
} from '../../lib/ocf/parameters.ts'
import { readAddress } from './address.ts'

export const mode = selectParameter({
  name: 'mode',
  shortdesc: 'Who runs the server',
  longdesc:
    'serve: the agent runs the ollama program itself. docker: it starts and stops an existing container. systemd: it starts and stops a unit.\n\nWith docker, use no resources of class systemd on the same node: Pacemaker makes systemd reload for them, and containers lose the GPU when it does.',
  example: 'serve',
  default: 'serve',
  choices: ['serve', 'docker', 'systemd'],
})

export const binary = stringParameter({
  name: 'binary',
  shortdesc: 'The ollama program (mode serve)',
  longdesc: 'Its path, or its name if it is to be found by PATH.',
  example: '/usr/local/bin/ollama',
  default: 'ollama',
  pattern: /^(?:\/(?!.*(?:^|\/)\.\.(?:\/|$)).+|[\w.+-]+)$/,
  shape: 'a program name or an absolute path',
})

export const user = stringParameter({
  name: 'user',
  shortdesc: 'User that the server runs as (mode serve)',
  longdesc:
    'With all of its groups, so that the device files of the GPU are open to it. By default the user ollama where there is one, otherwise root.',
  example: 'ollama',
  pattern: /^[a-z_][a-z0-9_-]{0,31}$/,
  shape: 'a user name',
})

export const container = stringParameter({
  name: 'container',
  shortdesc: 'Name of the container (mode docker)',
  longdesc:
    'It must exist: the agent starts and stops it, and never creates it. Its restart policy is switched off, because dockerd would otherwise start it on a node that lost it.',
  example: 'ollama',
  default: 'ollama',
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/,
  shape: 'a container name',
})

export const socket = pathParameter({
  name: 'socket',
  shortdesc: 'Socket of the Docker engine (mode docker)',
  longdesc: 'Unix socket of the engine. A probe never wakes an engine that sleeps behind it.',
  example: '/run/docker.sock',
  default: '/run/docker.sock',
})

export const unit = stringParameter({
  name: 'unit',
  shortdesc: 'Unit of the server (mode systemd)',
  longdesc:
    'The packaged unit says Restart=always, which fights Pacemaker: add a drop-in with Restart=no, and disable the unit.',
  example: 'ollama.service',
  default: 'ollama.service',
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.@:-]{0,200}\.service$/,
  shape: 'the name of a service unit (something.service)',
})

export const host = declare(
  {
    name: 'host',
    shortdesc: 'Address and port of the server',
    longdesc:
      'Where it listens (mode serve), and where the agent asks it. An address of this node or localhost; 0.0.0.0 is asked by 127.0.0.1.',
    example: '0.0.0.0:11434',
    default: '127.0.0.1:11434',
  },
  { type: 'string', expected: 'an address with a port', read: readAddress },
)

export const modelsDir = pathParameter({
  name: 'models_dir',
  shortdesc: 'Directory of the models (mode serve)',
  longdesc:
    'Given to the server as OLLAMA_MODELS. Two servers never share one: each prunes at its start what the other is pulling. It may lie on a network filesystem: only start looks at it.',
  example: '/var/lib/ollama/models',
})

export const envFile = pathParameter({
  name: 'env_file',
  shortdesc: 'Further environment of the server (mode serve)',
  longdesc:
    'Lines NAME=value, as in a unit’s EnvironmentFile: comments, blank lines and quotes are allowed, nothing is expanded or run. host and models_dir win over it.',
  example: '/etc/ollama.env',
})

export const model = stringParameter({
  name: 'model',
  shortdesc: 'The model that must answer',
  longdesc: 'Without it the agent watches whatever models are loaded, and loads none.',
  example: 'llama3.2:3b',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,250}$/,
  shape: 'a model name',
})

export const preload = booleanParameter({
  name: 'preload',
  shortdesc: 'Load the model at start and keep it loaded',
  longdesc:
    'Start answers 0 only when the model is in memory. When it is gone later, it is loaded again in place, three times an hour at most.',
  example: 'true',
  default: 'true',
})

export const keepAlive = stringParameter({
  name: 'keep_alive',
  shortdesc: 'How long the model stays loaded',
  longdesc:
    'Given with the request that loads the model, never with a check: -1 pins it for good. A client that sends a keep_alive of its own changes it.',
  example: '24h',
  default: '-1',
  pattern: /^-?\d+(?:\.\d+)?(?:ns|us|ms|s|m|h)?$/,
  shape: 'a time as Ollama writes it (-1, 30m, 24h)',
})

export const numCtx = integerParameter({
  name: 'num_ctx',
  shortdesc: 'Context length to load the model with',
  longdesc:
    'Only used to load. Checks ask with the length that is loaded, because any other would make Ollama restart its runner and lose the pin.',
  example: '8192',
  min: 1,
  max: 10_000_000,
  unit: 'tokens',
})

export const reapOrphans = booleanParameter({
  name: 'reap_orphans',
  shortdesc: 'End runners that a dead server left behind',
  longdesc:
    'A server that was killed leaves its runner, and the runner its video memory. Start ends those that this resource recorded, or that have the same program, user and models directory and no living server. All others are named, never ended.',
  example: 'true',
  default: 'true',
})

export const fatalXids = listParameter({
  name: 'fatal_xids',
  shortdesc: 'Xid errors that condemn the GPU',
  longdesc:
    'Numbers of NVIDIA Xid errors in the kernel log since boot. 79 needs a restart of the machine, the others a reset of the GPU. Once such an error was told, and the resource cleaned up, only a later one counts again; 79 counts until the machine was restarted.',
  example: '79 62 64 95',
  default: '79 62 64 95 109 119 120 140',
  each: text => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined),
  itemShape: 'an Xid number',
  reloadable: true,
})

export const minFreeMemory = integerParameter({
  name: 'min_free_memory',
  shortdesc: 'Memory of the host that must be available',
  longdesc:
    'Below it start refuses, because the kernel would end the runner, and monitors of depth 10 say degraded. 0 switches it off.',
  example: '2048',
  default: '256',
  min: 0,
  max: 10_000_000,
  unit: 'MiB',
})
