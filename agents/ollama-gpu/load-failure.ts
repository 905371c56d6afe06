import { ExitCode } from '../../lib/ocf/exit-codes.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'

/** Why a model did not load. A GPU, a model or a directory that is broken bans this node. */
export interface LoadFailure {
  readonly code: typeof ExitCode.generic | typeof ExitCode.installed
  readonly reason: string
  /** Whether it is the GPU's: then the node is cleaned up after the cure. */
  readonly gpu: boolean
}

/** Causes by what Ollama and its runners print, the surest first. */
const causes: readonly {
  readonly shape: RegExp
  readonly says: string
  readonly code: LoadFailure['code']
  readonly gpu: boolean
}[] = [
  {
    shape: /more system memory|cannot allocate memory|bad_alloc|unable to allocate CPU/i,
    says: 'the memory of the host does not suffice',
    code: ExitCode.generic,
    gpu: false,
  },
  {
    shape: /cudaMalloc|CUDA error: out of memory|allocate CUDA|insufficient VRAM|out of memory/i,
    says: 'the memory of the GPU does not suffice: see nvidia-smi for who holds it, or lower num_ctx',
    code: ExitCode.generic,
    gpu: false,
  },
  {
    shape: /CUDA|cuBLAS|ROCm|no GPU|driver/i,
    says: 'GPU failure: reset it or restart the machine',
    code: ExitCode.installed,
    gpu: true,
  },
  {
    shape: /manifest|blob|no such file|permission denied|input\/output error|gguf|magic|corrupt|digest/i,
    says: 'its files in the models directory are broken: pull it again',
    code: ExitCode.installed,
    gpu: false,
  },
]

/**
 * Names the cause of a failed load: "model failed to load" most often means the memory of the host.
 * @param killed the process that the OOM killer ended meanwhile
 */
export function explainLoad(model: string, detail: string, killed: string | undefined): LoadFailure {
  const said = detail === '' ? '' : ` (${oneLine(detail, 70)})`
  if (killed !== undefined) {
    const reason = `model ${model} does not load: the kernel's OOM killer ended ${killed}, the host has too little memory`
    return { code: ExitCode.generic, reason, gpu: false }
  }
  const cause = causes.find(({ shape }) => shape.test(detail))
  if (cause === undefined)
    return {
      code: ExitCode.generic,
      reason: `model ${model} does not load${said}: see the server's log`,
      gpu: false,
    }
  return { code: cause.code, reason: `model ${model} does not load, ${cause.says}${said}`, gpu: cause.gpu }
}
