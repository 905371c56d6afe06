import { pause } from '../../lib/host/clock.ts'
import { pacemakerLog } from '../pacemaker/log-file.ts'
import type { Picture } from './cluster-picture.ts'
import { ClusterSilent, lookAtCluster } from './cluster-tools.ts'
import { followLogs, type LoggedEvent } from './node-logs.ts'
import { changesBetween, type SeenEvent } from './seen-changes.ts'

const BETWEEN_LOOKS_MS = 1_000

/** What the cluster does while a drill runs: its log on this node, and looks at its state once a second. */
export interface ClusterFollow {
  readonly logged: readonly LoggedEvent[]
  readonly seen: readonly SeenEvent[]
  /** The newest look. */
  picture(): Picture
  /** Looks that got no answer. */
  silent(): number
  stop(): Promise<void>
}

/**
 * @param node on which this runs
 * @param resource whose places are told
 * @param tell called with everything new
 */
export function followCluster(
  first: Picture,
  node: string,
  resource: string,
  tell: (event: { readonly logged: LoggedEvent } | { readonly seen: SeenEvent }) => void,
): ClusterFollow {
  const file = pacemakerLog()
  const logs = followLogs([{ name: node, file: () => file }], { zone: 'local', from: 'end' })
  logs.onEvent(logged => tell({ logged }))
  const seen: SeenEvent[] = []
  let picture = first
  let silent = 0
  let stopped = false
  const look = async () => {
    while (!stopped) {
      await pause(BETWEEN_LOOKS_MS)
      const next = await lookAtCluster().catch((error: unknown) => {
        // A cluster that elects a new DC may be silent for a moment.
        if (error instanceof ClusterSilent) return undefined
        throw error
      })
      if (next === undefined) silent += 1
      else {
        for (const change of changesBetween(picture, next, resource)) {
          const event = { ...change, atMs: Date.now() }
          seen.push(event)
          tell({ seen: event })
        }
        picture = next
      }
    }
  }
  const looking = look()
  looking.catch(() => undefined)
  return {
    logged: logs.events,
    seen,
    picture: () => picture,
    silent: () => silent,
    async stop() {
      stopped = true
      await looking
      logs.stop()
    },
  }
}
