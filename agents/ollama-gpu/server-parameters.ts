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
    'serve: the agent itself. docker: an existing container; keep resources of class systemd off its node, Pacemaker reloads systemd for them and containers then lose the GPU. systemd: a unit.',
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
  longdesc: 'By default ollama where there is such a user, else root.',
  example: 'ollama',
  pattern: /^[a-z_][a-z0-9_-]{0,31}$/,
  shape: 'a user name',
})

export const container = stringParameter({
  name: 'container',
  shortdesc: 'Name of the container (mode docker)',
  longdesc: 'It must exist. Its restart policy is switched off.',
  example: 'ollama',
  default: 'ollama',
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/,
  shape: 'a container name',
})

export const socket = pathParameter({
  name: 'socket',
  shortdesc: 'Socket of the Docker engine (mode docker)',
  longdesc: 'Unix socket of dockerd.',
  example: '/run/docker.sock',
  default: '/run/docker.sock',
})

export const unit = stringParameter({
  name: 'unit',
  shortdesc: 'Unit of the server (mode systemd)',
  longdesc:
    'The packaged unit says Restart=always, which fights Pacemaker: disable it, with a drop-in Restart=no.',
  example: 'ollama.service',
  default: 'ollama.service',
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.@:-]{0,200}\.service$/,
  shape: 'the name of a service unit (something.service)',
})

export const host = declare(
  {
    name: 'host',
    shortdesc: 'Address and port of the server',
    longdesc: 'Where it listens (mode serve) and is asked; 0.0.0.0 is asked at 127.0.0.1.',
    example: '0.0.0.0:11434',
    default: '127.0.0.1:11434',
  },
  { type: 'string', expected: 'an address with a port', read: readAddress },
)

export const modelsDir = pathParameter({
  name: 'models_dir',
  shortdesc: 'Directory of the models (mode serve)',
  longdesc:
    'OLLAMA_MODELS of the server. Two servers never share one: each prunes at start what the other is pulling.',
  example: '/var/lib/ollama/models',
})

export const envFile = pathParameter({
  name: 'env_file',
  shortdesc: 'Further environment of the server (mode serve)',
  longdesc: 'Lines NAME=value; nothing is expanded or run. Other parameters win over it.',
  example: '/etc/ollama.env',
})

export const model = stringParameter({
  name: 'model',
  shortdesc: 'The model that must answer',
  longdesc: 'Without it whatever is loaded is watched, and nothing is loaded.',
  example: 'llama3.2:3b',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,250}$/,
  shape: 'a model name',
})

export const preload = booleanParameter({
  name: 'preload',
  shortdesc: 'Load the model at start and keep it loaded',
  longdesc: 'One that is gone later is loaded again in place, three times an hour at most.',
  example: 'true',
  default: 'true',
})

export const keepAlive = stringParameter({
  name: 'keep_alive',
  shortdesc: 'How long the model stays loaded',
  longdesc: 'Sent when the model is loaded, never by a check; -1 pins it.',
  example: '24h',
  default: '-1',
  pattern: /^-?\d+(?:\.\d+)?(?:ns|us|ms|s|m|h)?$/,
  shape: 'a time as Ollama writes it (-1, 30m, 24h)',
})

export const numCtx = integerParameter({
  name: 'num_ctx',
  shortdesc: 'Context length to load the model with',
  longdesc: 'Only to load: checks use the length that is loaded.',
  example: '8192',
  min: 1,
  max: 10_000_000,
  unit: 'tokens',
})

export const reapOrphans = booleanParameter({
  name: 'reap_orphans',
  shortdesc: 'End runners that a dead server left behind',
  longdesc: 'Start ends those of the same program, user and models directory. Others are named.',
  example: 'true',
  default: 'true',
})

export const fatalXids = listParameter({
  name: 'fatal_xids',
  shortdesc: 'Xid errors that condemn the GPU',
  longdesc:
    'NVIDIA Xid errors in the kernel log since boot. After one failed a start, and a cleanup, only later ones count; 79 counts until the next boot.',
  example: '79 62 64 95',
  default: '79 62 64 95 109 119 120 140',
  each: text => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined),
  itemShape: 'an Xid number',
  reloadable: true,
})

export const minFreeMemory = integerParameter({
  name: 'min_free_memory',
  shortdesc: 'Memory of the host that must be available',
  longdesc: 'Below it start fails and monitors of depth 10 say degraded. 0 switches it off.',
  example: '2048',
  default: '256',
  min: 0,
  max: 10_000_000,
  unit: 'MiB',
})
