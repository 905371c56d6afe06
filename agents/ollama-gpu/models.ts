import type { RecordedProcess } from '../../lib/host/processes.ts'
import type { Action, Cure, Glance, Observation } from '../../lib/ocf/agent.ts'
import { type LoadedModel, loadModel } from './api.ts'
import type { Settings } from './parameters.ts'
import { runnersOf } from './runners.ts'

/** How long a reload in place may take before the failure counts again. */
const reloadSettleMs = 60_000

/** Whether what must be loaded is, has its runner, and lies in video memory; undefined: all is well. */
export function judgeModels(
  action: Action<Settings>,
  glance: Glance,
  main: RecordedProcess,
  loaded: readonly LoadedModel[],
): Observation | undefined {
  const { model, preload, requireGpu, minVramPercent } = action.settings
  const missing = model !== undefined && preload && !loaded.some(({ name }) => name === model)
  if (missing && glance.purpose === 'start')
    return { state: 'starting', reason: `model ${model} is not loaded yet` }
  if (missing)
    return { state: 'failed', reason: `model ${model} is not in memory`, ...curedBy(action, model) }
  const watched = loaded.filter(({ name }) => model === undefined || name === model)
  const [first] = watched
  // A killed runner stays listed until the next request, which then waits for the load.
  if (first !== undefined && glance.purpose === 'monitor' && runnersOf(main).length === 0) {
    const reason = `the runner of ${first.name} is gone, although Ollama lists the model`
    return { state: 'failed', reason, ...(preload ? curedBy(action, first.name) : {}) }
  }
  if (!requireGpu) return undefined
  const onCpu = watched.find(entry => vramPercent(entry) < minVramPercent)
  return onCpu === undefined ? undefined : { state: 'failed', reason: cpuReason(onCpu), hopeless: true }
}

export function vramPercent({ sizeBytes, vramBytes }: LoadedModel): number {
  return sizeBytes > 0 ? Math.round((vramBytes / sizeBytes) * 100) : 0
}

export function cpuReason(model: LoadedModel): string {
  const percent = vramPercent(model)
  return percent === 0
    ? `model ${model.name} runs on the CPU, no usable GPU: see its log, restart the machine`
    : `model ${model.name} lies to ${percent} % in video memory: see nvidia-smi, or lower num_ctx`
}

/** Loads the model again in place: cheaper than a restart, and the server may well be in use. */
function curedBy(action: Action<Settings>, model: string): { readonly cure?: Cure } {
  const { address, keepAlive, numCtx } = action.settings
  return {
    cure: {
      key: 'reload',
      purpose: `load of ${model} in place`,
      limit: 3,
      windowMs: 3_600_000,
      settleMs: reloadSettleMs,
      async step() {
        const wish = { model, keepAlive, numCtx }
        const limitMs = action.deadline.remainingMs() / 2
        await action.work.request(`load of ${model}`, () => loadModel(address, wish, limitMs))
      },
    },
  }
}
