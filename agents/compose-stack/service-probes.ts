import { monotonicMs } from '../../lib/host/clock.ts'
import { type Engine, EngineRefusal } from '../../lib/net/docker-engine.ts'
import { HttpFailure } from '../../lib/net/http-failure.ts'
import { type ProbeOutcome, type ProbeTarget, parseProbeUrl, probe } from '../../lib/net/probe.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import { execute } from './engine.ts'

/** One item of the parameter `probes`. */
export interface ServiceProbe {
  readonly service: string
  readonly target: ProbeTarget
}

/** Reads `service=URL`; undefined when it is not one. */
export function readServiceProbe(text: string): ServiceProbe | undefined {
  const split = text.indexOf('=')
  const service = text.slice(0, split)
  const target = split < 0 ? undefined : parseProbeUrl(text.slice(split + 1))
  return target === undefined || !isServiceName(service) ? undefined : { service, target }
}

/** Names that compose takes for a service. */
export function isServiceName(text: string): boolean {
  return /^[a-zA-Z0-9._-]{1,100}$/.test(text)
}

/** Tries within one monitor; only a time-out is tried again. */
const tries = 2

/** Asks one service; `containerId` is where an exec probe runs. */
export async function askService(
  { service, target }: ServiceProbe,
  engine: Engine,
  containerId: string | undefined,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  if (target.scheme !== 'exec') return await probe(target, { timeoutMs, tries, pauseMs: 0 })
  if (containerId === undefined)
    return { ok: false, damped: false, reason: `service ${service} has no container to ask in` }
  const begin = monotonicMs()
  try {
    const { exitCode, output } = await execute(engine, containerId, target.command, timeoutMs)
    if (exitCode === 0) return { ok: true, durationMs: monotonicMs() - begin }
    return {
      ok: false,
      damped: false,
      reason: `${target.url} ended with ${exitCode ?? 'no code'}: ${oneLine(output, 80)}`,
    }
  } catch (cause) {
    if (cause instanceof HttpFailure) {
      return {
        ok: false,
        damped: cause.kind === 'timeout',
        reason: `${target.url} did not end in time in its container`,
      }
    }
    if (cause instanceof EngineRefusal) return { ok: false, damped: false, reason: cause.message }
    throw cause
  }
}
