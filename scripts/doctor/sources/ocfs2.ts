import { readdirSync } from 'node:fs'
import { kernelText } from '../../../lib/host/processes.ts'

/** One cluster of o2cb, as the kernel was told. */
export interface Ocfs2Cluster {
  readonly name: string
  /** Until a node that cannot write its heartbeat resets itself, and the others take it for dead. */
  readonly deadMs: number
  /** Until a silent connection between nodes is given up. */
  readonly idleMs: number | undefined
}

/** o2cb writes every two seconds; a node is dead after threshold - 1 missed ones (o2cb(7)). */
const beatMs = 2000

/** None where the kernel runs no o2cb. Kernel memory only: no device is touched. */
export function lookAtOcfs2(folder = '/sys/kernel/config/cluster'): readonly Ocfs2Cluster[] {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  return names.flatMap(name => {
    const cluster = readOcfs2(
      name,
      kernelText(`${folder}/${name}/heartbeat/dead_threshold`),
      kernelText(`${folder}/${name}/idle_timeout_ms`),
    )
    return cluster === undefined ? [] : [cluster]
  })
}

export function readOcfs2(name: string, threshold: string, idle: string): Ocfs2Cluster | undefined {
  const beats = numberIn(threshold)
  return beats === undefined
    ? undefined
    : { name, deadMs: Math.max(0, beats - 1) * beatMs, idleMs: numberIn(idle) }
}

function numberIn(text: string): number | undefined {
  return /^\d{1,9}\s*$/.test(text) ? Number(text) : undefined
}
