import { pause, sinceBootMs } from '../../lib/host/clock.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import {
  askModel,
  askVersion,
  type LoadedModel,
  listLoaded,
  loadModel,
  makeTokens,
  ServerRefusal,
} from './api.ts'
import { lookAtGpu, withCleanup } from './gpu.ts'
import { keeperOf } from './keepers.ts'
import { outOfMemoryKill, readKernelLog } from './kernel-log.ts'
import { explainLoad } from './load-failure.ts'
import { memoryFault } from './memory.ts'
import { cpuReason, vramPercent } from './models.ts'
import { reapOrphans } from './orphans.ts'
import type { Settings } from './parameters.ts'
import { portOwner } from './port-owner.ts'
import { slowness, timedTokens } from './speed.ts'

/** Longest wait for an answer that a healthy server gives in a millisecond. */
const answerMs = 5000

/** Clear the ground, start, wait for an answer, load the model, see that it lies on the GPU. */
export async function startServer(action: Action<Settings>): Promise<void> {
  const keeper = keeperOf(action.settings)
  await usableGpu(action)
  const found = await keeper.find(action, 'start')
  if (found.kind !== 'up') {
    await reapOrphans(action)
    enoughMemory(action)
    freePort(action)
    await keeper.begin(action)
  }
  await answers(action)
  const { model, preload } = action.settings
  if (model === undefined) return
  await isKnown(action, model)
  if (!preload) return
  await load(action, model)
  await onGpu(action, model)
}

/** What only a cure of the GPU heals bans this node: another one may have a GPU that works. */
async function usableGpu(action: Action<Settings>): Promise<void> {
  const { broken, faults } = await lookAtGpu(action)
  if (broken !== undefined) throw new ActionFailure(ExitCode.installed, withCleanup(action, broken))
  for (const { reason } of faults) action.report.warn(reason)
}

function enoughMemory({ settings }: Action<Settings>): void {
  const memory = memoryFault(settings.minFreeMemoryMb)
  if (memory !== undefined) throw new ActionFailure(ExitCode.generic, memory)
}

function freePort({ settings }: Action<Settings>): void {
  const owner = settings.mode === 'serve' ? portOwner(settings.address) : undefined
  if (owner !== undefined)
    throw new ActionFailure(
      ExitCode.generic,
      `port ${settings.address.port} is taken by ${owner}: is ollama.service enabled? systemctl disable --now ollama`,
    )
}

/** The listener opens before the GPU is discovered: an answer is awaited, not a port. */
async function answers(action: Action<Settings>): Promise<void> {
  const keeper = keeperOf(action.settings)
  for (;;) {
    let silence: string
    try {
      await askVersion(action.settings.address, Math.min(answerMs, action.deadline.remainingMs()))
      return
    } catch (cause) {
      if (!(cause instanceof HttpFailure || cause instanceof ServerRefusal)) throw cause
      if (cause instanceof HttpFailure && ['broken', 'too-large'].includes(cause.kind))
        throw new ActionFailure(ExitCode.generic, `the server started, but ${cause.message}`)
      silence = cause.message
    }
    if ((await keeper.find(action, 'start')).kind === 'down') {
      const words = (await keeper.lastWords?.(action)) ?? 'see its log'
      throw new ActionFailure(ExitCode.generic, `the server ended at once: ${words}`)
    }
    action.deadline.waitFor(`the server's first answer: ${silence}`)
    await pause(100)
  }
}

async function isKnown(action: Action<Settings>, model: string): Promise<void> {
  try {
    await askModel(action.settings.address, model, answerMs)
  } catch (cause) {
    if (!(cause instanceof ServerRefusal)) throw cause
    if (cause.status === 404)
      throw new ActionFailure(ExitCode.installed, `model ${model} is not on this node: ollama pull ${model}`)
    const { code, reason } = explainLoad(model, cause.detail, undefined)
    throw new ActionFailure(code, reason)
  }
}

/** Minutes, for a large model on a slow disk: as long as start has. */
async function load(action: Action<Settings>, model: string): Promise<void> {
  const { address, keepAlive, numCtx } = action.settings
  const begin = sinceBootMs()
  action.deadline.waitFor(`model ${model} to load`)
  try {
    await action.work.request(`load of ${model}`, () =>
      loadModel(address, { model, keepAlive, numCtx }, action.deadline.remainingMs()),
    )
  } catch (cause) {
    if (!(cause instanceof HttpFailure || cause instanceof ServerRefusal)) throw cause
    const detail = cause instanceof ServerRefusal ? cause.detail : cause.message
    const { code, reason, gpu } = explainLoad(model, detail, outOfMemoryKill(readKernelLog(), begin))
    throw new ActionFailure(code, gpu ? withCleanup(action, reason) : reason)
  }
}

async function onGpu(action: Action<Settings>, model: string): Promise<void> {
  const { address, requireGpu, minVramPercent } = action.settings
  const entry = (await listLoaded(address, answerMs)).find(({ name }) => name === model)
  if (entry === undefined) return
  const onCpu = requireGpu && vramPercent(entry) < minVramPercent
  const wrong = onCpu ? cpuReason(entry) : await tooSlow(action, entry)
  if (wrong !== undefined) throw new ActionFailure(ExitCode.installed, withCleanup(action, wrong))
}

/** Only its speed proves a GPU: Ollama may tell of one while the CPU does the work. */
async function tooSlow(action: Action<Settings>, model: LoadedModel): Promise<string | undefined> {
  const { address, minTokensPerSec, numCtx, inferTimeoutMs } = action.settings
  const contextLength = model.contextLength ?? numCtx
  if (minTokensPerSec === 0 || contextLength === undefined) return undefined
  const make = () => {
    action.deadline.waitFor(`the first tokens of ${model.name}`)
    const limitMs = Math.min(3 * inferTimeoutMs, action.deadline.remainingMs() / 2)
    return makeTokens(address, { ...model, contextLength }, timedTokens, limitMs)
  }
  try {
    // The first ones after a load may be slower.
    return slowness(model, await make(), minTokensPerSec) && slowness(model, await make(), minTokensPerSec)
  } catch (cause) {
    if (cause instanceof HttpFailure && cause.kind === 'timeout')
      return `${model.name} loads but makes no token, its GPU hangs: reset it or restart the machine`
    if (!(cause instanceof HttpFailure || cause instanceof ServerRefusal)) throw cause
    throw new ActionFailure(ExitCode.generic, `${model.name} loads but makes no token: ${cause.message}`)
  }
}
