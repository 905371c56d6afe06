import type { ReadParameter } from '../../lib/ocf/parameter.ts'
import * as check from './check-parameters.ts'
import * as server from './server-parameters.ts'

/** In the order in which they are documented. */
export const parameters = [
  server.mode,
  server.binary,
  server.user,
  server.container,
  server.socket,
  server.unit,
  server.host,
  server.modelsDir,
  server.envFile,
  server.model,
  server.preload,
  server.keepAlive,
  server.numCtx,
  check.requireGpu,
  check.minVramPercent,
  check.minTokensPerSec,
  check.gpuUuid,
  check.gpuCheck,
  check.smiTimeout,
  check.inferTimeout,
  check.busyLimit,
  check.inferFailCount,
  server.reapOrphans,
  server.fatalXids,
  server.minFreeMemory,
] as const

export type Settings = ReturnType<typeof readSettings>

export function readSettings(read: ReadParameter) {
  const model = read(server.model)
  return {
    mode: read(server.mode),
    binary: read(server.binary),
    user: read(server.user),
    container: read(server.container),
    socketPath: read(server.socket),
    unit: read(server.unit),
    address: read(server.host) ?? { host: '127.0.0.1', port: 11434 },
    modelsDir: read(server.modelsDir),
    envFile: read(server.envFile),
    model: model === undefined ? undefined : withTag(model),
    preload: read(server.preload),
    keepAlive: read(server.keepAlive),
    numCtx: read(server.numCtx),
    requireGpu: read(check.requireGpu),
    minVramPercent: read(check.minVramPercent),
    minTokensPerSec: read(check.minTokensPerSec),
    gpuUuid: read(check.gpuUuid),
    gpuCheck: read(check.gpuCheck),
    smiTimeoutMs: read(check.smiTimeout),
    inferTimeoutMs: read(check.inferTimeout),
    busyLimitMs: read(check.busyLimit),
    inferFailCount: read(check.inferFailCount),
    reapOrphans: read(server.reapOrphans),
    fatalXids: read(server.fatalXids),
    minFreeMemoryMb: read(server.minFreeMemory),
  }
}

/** Ollama's own default: a name without a tag means `latest`, and that is how it lists it. */
function withTag(model: string): string {
  return model.lastIndexOf(':') > model.lastIndexOf('/') ? model : `${model}:latest`
}
