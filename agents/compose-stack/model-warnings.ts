import { isObject, type Json, objectAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import type { Settings } from './parameters.ts'

/** What in the compose files will surprise somebody under a cluster; the stack starts all the same. */
export function modelWarnings(settings: Settings, configJson: string): readonly string[] {
  const services = objectAt(parseJson(configJson), 'services') ?? {}
  const warnings: string[] = []
  const unwatched: string[] = []
  for (const [name, service] of Object.entries(services)) {
    const policy = stringAt(service, 'restart') ?? 'no'
    if (policy !== 'no') {
      warnings.push(
        `service ${name}: restart: ${policy} is switched off under the cluster (local_restarts replaces it); remove it`,
      )
    }
    const health = objectAt(service, 'healthcheck')
    const interval = goDurationMs(stringAt(health, 'interval'))
    if (
      health !== undefined &&
      interval !== undefined &&
      interval >= 30_000 &&
      health.start_interval === undefined
    ) {
      warnings.push(
        `service ${name}: health check every ${interval / 1000} s and no start_interval: start waits that long for the first one`,
      )
    }
    if (
      health === undefined &&
      !settings.probes.some(probe => probe.service === name) &&
      !settings.oneShots.includes(name)
    )
      unwatched.push(name)
  }
  if (unwatched.length > 0)
    warnings.push(
      `neither probe nor health check, so a dead process in an Up container stays unseen: ${unwatched.join(', ')}`,
    )
  for (const { service, target } of settings.probes) {
    if (isObject(services[service]) || Object.keys(services).length === 0) continue
    warnings.push(
      `probes names service ${service}, which the compose files do not have: ${target.url} is not asked`,
    )
  }
  for (const { target } of settings.probes) {
    if (target.scheme !== 'exec' && !target.isLiteralAddress) {
      warnings.push(
        `probe ${target.url} needs a name looked up: use an address, a resolver that hangs looks like a dead service`,
      )
    }
  }
  const chain = longestStopSeconds(services)
  if (chain > 90)
    warnings.push(
      `stopping the longest chain of services may take ${chain} s: op stop timeout must be larger`,
    )
  return warnings
}

/** The services of a chain of depends_on are stopped one after the other, each within its grace period. */
function longestStopSeconds(services: { readonly [name: string]: Json | undefined }): number {
  const graceOf = (service: Json | undefined) =>
    (goDurationMs(stringAt(service, 'stop_grace_period')) ?? 10_000) / 1000
  const longest = (name: string, seen: readonly string[]): number => {
    const service = services[name]
    const needs = Object.keys(objectAt(service, 'depends_on') ?? {}).filter(needed => !seen.includes(needed))
    return graceOf(service) + Math.max(0, ...needs.map(needed => longest(needed, [...seen, needed])))
  }
  return Math.max(0, ...Object.keys(services).map(name => longest(name, [name])))
}

/** `1m30s`, as compose prints durations; undefined when there is none. */
function goDurationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g))
    total += Number(amount) * (units[unit ?? ''] ?? 0)
  return total
}
