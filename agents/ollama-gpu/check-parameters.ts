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
  longdesc:
    'true: a model of which less than min_vram_percent lies in video memory fails start, and monitors of depth 10. false: it is not even looked at.',
  example: 'true',
  default: 'true',
  reloadable: true,
})

export const minVramPercent = integerParameter({
  name: 'min_vram_percent',
  shortdesc: 'Share of the model that must lie in video memory',
  longdesc:
    'As Ollama tells it. Lower it for a model that is meant to be split. Ollama has been seen to say 100 while the CPU did the work: only min_tokens_per_sec proves the GPU.',
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
    'Measured at depth 20 over 16 tokens instead of one. Take a third of what the GPU reaches: the CPU makes about a tenth. 0 switches it off.',
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
  longdesc:
    'By default any NVIDIA GPU that this node has. In mode serve the server is shown this GPU alone (CUDA_VISIBLE_DEVICES). nvidia-smi -L tells it.',
  example: 'GPU-5f2a3c41-0d6e-4b8a-9c57-1e2d3f4a5b6c',
  pattern: /^(?:GPU|MIG)-[0-9a-fA-F-]{8,64}$/,
  shape: 'the UUID of a GPU (GPU-...)',
})

export const gpuCheck = selectParameter({
  name: 'gpu_check',
  shortdesc: 'How the NVIDIA driver is asked',
  longdesc:
    'proc: its files under /proc and the kernel log, which cannot hang. smi: nvidia-smi as well, at depth 10 and above, which also tells a missing power cable or a GPU off the bus. none: not at all, for GPUs of others. A node without an NVIDIA card passes proc.',
  example: 'proc',
  default: 'proc',
  choices: ['none', 'proc', 'smi'],
  reloadable: true,
})

export const smiTimeout = durationParameter({
  name: 'smi_timeout',
  shortdesc: 'How long nvidia-smi may take',
  longdesc:
    'Without persistence mode each call takes one to three seconds. One that hangs is left behind and said, and no second one is started beside it.',
  example: '5s',
  default: '5s',
  minMs: 100,
  maxMs: 120_000,
  reloadable: true,
})

export const inferTimeout = durationParameter({
  name: 'infer_timeout',
  shortdesc: 'How long one token may take (depth 20)',
  longdesc: 'When it is over, the runner’s own progress says whether it is busy or hangs.',
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
    'A runner whose own counters say that tokens are made is busy for as long as it likes. One that has no such counters (or does not tell them to this node, as in a container) and only uses processor time is believed for this long: a hung GPU can make its runner spin.',
  example: '10min',
  default: '10min',
  minMs: 1000,
  maxMs: 86_400_000,
  reloadable: true,
})

export const inferFailCount = integerParameter({
  name: 'infer_fail_count',
  shortdesc: 'Failed tokens in a row that count',
  longdesc:
    'How many monitors of depth 20 in a row must find the runner without progress, or too slow. Busy never counts.',
  example: '2',
  default: '1',
  min: 1,
  max: 100,
  reloadable: true,
})
