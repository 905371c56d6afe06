import { isIpLiteral } from '../../../lib/net/address.ts'
import { probeEsphomeTarget } from './esphome.ts'
import { probeHttpTarget } from './http.ts'
import { probeIcmpTarget } from './icmp.ts'
import { probeKnxTarget } from './knx.ts'
import { probeMqttTarget } from './mqtt.ts'
import { probeRtspTarget } from './rtsp.ts'
import type { ProbeLimits, Target, TargetAnswer, TargetProbe, TargetScheme } from './target.ts'
import { probeTcpTarget } from './tcp.ts'

/** Each loads the built-in modules that it needs when it asks, and no sooner. */
const probes: Readonly<Record<TargetScheme, TargetProbe>> = {
  icmp: probeIcmpTarget,
  esphome: probeEsphomeTarget,
  mqtt: probeMqttTarget,
  http: probeHttpTarget,
  https: probeHttpTarget,
  rtsp: probeRtspTarget,
  knx: probeKnxTarget,
  tcp: probeTcpTarget,
}

/**
 * Asks one peripheral for a sign of life within the limits. A target whose name was not resolved before
 * is not asked: a dead name server would look like a dead peripheral.
 */
export async function probeTarget(target: Target, limits: ProbeLimits): Promise<TargetAnswer> {
  if (!isIpLiteral(target.host))
    return {
      up: false,
      detail: `${target.url} was not asked: the name ${target.host} has no known address; write the address`,
      unasked: true,
    }
  return await probes[target.scheme](target, limits)
}
