import { durationParameter } from '../../lib/ocf/duration.ts'
import {
  booleanParameter,
  integerParameter,
  selectParameter,
  stringParameter,
} from '../../lib/ocf/parameters.ts'

export const requireGpu = booleanParameter({
  name: 'require_gpu',
  shortdesc: 'Whether a model on the CPU is a failure',
  longdesc: 'Whether start and depth 10 fail when less than min_vram_percent lies in video memory.',
  example: 'true',
  default: 'true',
  reloadable: true,
})

export const minVramPercent = integerParameter({
  name: 'min_vram_percent',
  shortdesc: 'Share of the model that must lie in video memory',
  longdesc: 'As Ollama tells it; only min_tokens_per_sec proves the GPU.',
  example: '90',
  default: '90',
  min: 1,
  max: 100,
  unit: 'percent',
  reloadable: true,
})

export const minTokensPerSec = integerParameter({
  name: 'min_tokens_per_sec',
  shortdesc: 'Slowest generation that is no failure',
  longdesc:
    'Measured at start and depth 20 over 16 tokens. Take a third of what the GPU reaches: a CPU makes a tenth. 0 switches it off.',
  example: '15',
  default: '0',
  min: 0,
  max: 100_000,
  unit: 'tokens per second',
  reloadable: true,
})

export const gpuUuid = stringParameter({
  name: 'gpu_uuid',
  shortdesc: 'The GPU that must be there',
  longdesc: 'As nvidia-smi -L tells it; in mode serve the server sees this one alone. By default any.',
  example: 'GPU-5f2a3c41-0d6e-4b8a-9c57-1e2d3f4a5b6c',
  pattern: /^(?:GPU|MIG)-[0-9a-fA-F-]{8,64}$/,
  shape: 'the UUID of a GPU (GPU-...)',
})

export const gpuCheck = selectParameter({
  name: 'gpu_check',
  shortdesc: 'How the NVIDIA driver is asked',
  longdesc:
    'proc: by /proc and the kernel log; a node without an NVIDIA card passes. smi: by nvidia-smi too, from depth 10.',
  example: 'proc',
  default: 'proc',
  choices: ['none', 'proc', 'smi'],
  reloadable: true,
})

export const smiTimeout = durationParameter({
  name: 'smi_timeout',
  shortdesc: 'How long nvidia-smi may take',
  longdesc: 'No second one is started beside a hung one.',
  example: '5s',
  default: '5s',
  minMs: 100,
  maxMs: 120_000,
  reloadable: true,
})

export const inferTimeout = durationParameter({
  name: 'infer_timeout',
  shortdesc: 'How long one token may take (depth 20)',
  longdesc: 'Then the runner’s progress tells busy from hung.',
  example: '10s',
  default: '10s',
  minMs: 100,
  maxMs: 600_000,
  reloadable: true,
})

export const busyLimit = durationParameter({
  name: 'busy_limit',
  shortdesc: 'How long a runner may be busy without proof',
  longdesc:
    'A runner whose counters advance may be busy for ever; one without that uses processor time is believed for so long.',
  example: '10min',
  default: '10min',
  minMs: 1000,
  maxMs: 86_400_000,
  reloadable: true,
})

export const inferFailCount = integerParameter({
  name: 'infer_fail_count',
  shortdesc: 'Failed tokens in a row that count',
  longdesc: 'Monitors in a row that find no progress, or too little speed.',
  example: '2',
  default: '1',
  min: 1,
  max: 100,
  reloadable: true,
})
