import { readdirSync, readFileSync } from 'node:fs'
import type { DegradedReason } from '../../lib/ocf/agent.ts'
import { isDigits } from '../../lib/ocf/whole-number.ts'

/** How long ago a region of o2cb's disk heartbeat last wrote, and after how long the node fences itself. */
export interface HeartbeatRegion {
  readonly region: string
  readonly elapsedMs: number
  readonly fatalMs: number
}

const debugFolder = '/sys/kernel/debug/o2hb'
const clusterFolder = '/sys/kernel/config/cluster'

/** What lies beside the regions (fs/ocfs2/cluster/heartbeat.c). To ask of each entry what it is costs a monitor more. */
const noRegions: readonly string[] = ['livenodes', 'liveregions', 'quorumregions', 'failedregions']

/** o2cb writes every two seconds; after (threshold - 1) missed beats the node resets itself (o2cb(7)). */
const beatMs = 2000
const usualThreshold = 31

/** Kernel memory only: no device is asked. None on a local mount. */
export function readHeartbeats(): readonly HeartbeatRegion[] {
  const threshold = deadThreshold()
  return entries(debugFolder).flatMap(region => {
    if (noRegions.includes(region)) return []
    const elapsedMs = elapsedOf(text(`${debugFolder}/${region}/elapsed_time_in_ms`))
    return elapsedMs === undefined ? [] : [{ region, elapsedMs, fatalMs: (threshold - 1) * beatMs }]
  })
}

/** The file holds one number. */
export function elapsedOf(content: string): number | undefined {
  const digits = content.trimEnd()
  return digits.length <= 12 && isDigits(digits) ? Number(digits) : undefined
}

function deadThreshold(): number {
  for (const cluster of entries(clusterFolder)) {
    const found = elapsedOf(text(`${clusterFolder}/${cluster}/heartbeat/dead_threshold`))
    if (found !== undefined) return found
  }
  return usualThreshold
}

/** A heartbeat late by more than two beats; with a long threshold already that is far from healthy. */
export function heartbeatFaults(regions: readonly HeartbeatRegion[]): readonly DegradedReason[] {
  return regions
    .filter(({ elapsedMs }) => elapsedMs > 2 * beatMs)
    .map(({ region, elapsedMs, fatalMs }) => ({
      key: 'heartbeat',
      reason: `the OCFS2 heartbeat on ${region} is ${elapsedMs} ms old; at ${fatalMs} ms this node resets itself: check the device`,
    }))
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
