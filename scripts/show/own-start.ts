import { type Answer, lastIndex } from '../drill/answers.ts'
import { until } from '../drill/waiting.ts'
import { HOUSE_SERVICES, type HouseService } from '../house/services.ts'
import type { Cluster } from '../lab/cluster.ts'
import type { NodeName } from '../lab/plan.ts'
import { type Client, startClient } from './client.ts'
import { median } from './floor.ts'
import { HOME_ASSISTANT_CONTAINER, HOUSE_DIRECTORY, HOUSE_PROJECT } from './house-place.ts'

const LIMIT_MS = 120_000

/** What no cluster can make shorter, in seconds. */
export interface OwnTimes {
  /** From a plain `docker compose up -d` to the first answer. */
  readonly ownStart: ReadonlyMap<HouseService, number>
  /** From a plain `docker restart` of Home Assistant's container to its first answer. */
  readonly ownRestart: number
}

/**
 * Starts the house on a node by hand, outside Pacemaker, restarts one service of it, and takes it down again.
 * Medians of the runs.
 *
 * @param address the node's own one, asked from outside as the client does
 * @throws with compose's own last line when it fails
 */
export async function measureOwnTimes(
  cluster: Cluster,
  node: NodeName,
  address: string,
  runs: number,
  tell: (line: string) => void,
): Promise<OwnTimes> {
  const measured = new Map<HouseService, number[]>(HOUSE_SERVICES.map(service => [service, []]))
  const restarts: number[] = []
  const client = startClient(cluster.clientNamespace, address)
  try {
    for (let run = 1; run <= runs; run += 1) {
      const startedMs = Date.now()
      await compose(cluster, node, ['up', '-d', '--quiet-pull'])
      await until(
        `every service answers from ${node} after a plain compose up`,
        () => client.steady(HOUSE_SERVICES, startedMs),
        LIMIT_MS,
      )
      const figures: string[] = []
      for (const service of HOUSE_SERVICES) {
        const seconds = (firstOfLasting(client.answers, service, startedMs) - startedMs) / 1000
        measured.get(service)?.push(seconds)
        figures.push(`${service} ${seconds.toFixed(1)} s`)
      }
      tell(`plain start ${run} of ${runs} on ${node}: ${figures.join(', ')}`)
      restarts.push(await restart(cluster, node, client))
      await compose(cluster, node, ['down', '--timeout', '10'])
    }
  } finally {
    await client.close()
  }
  return {
    ownStart: new Map([...measured].map(([service, seconds]) => [service, median(seconds)])),
    ownRestart: median(restarts),
  }
}

async function restart(cluster: Cluster, node: NodeName, client: Client): Promise<number> {
  const restartedMs = Date.now()
  await cluster.exec(node, ['docker', 'restart', '--time', '10', HOME_ASSISTANT_CONTAINER])
  const again = Date.now()
  await until(
    `Home Assistant answers from ${node} after a plain docker restart`,
    () => client.steady(['home-assistant'], again),
    LIMIT_MS,
  )
  return (firstOfLasting(client.answers, 'home-assistant', restartedMs) - restartedMs) / 1000
}

/** When the first of those answers came that have not ceased since. */
function firstOfLasting(answers: readonly Answer[], service: HouseService, sinceMs: number): number {
  const own = answers
    .filter(one => one.service === service && one.sentMs >= sinceMs)
    .sort((a, b) => a.sentMs - b.sentMs)
  return own[lastIndex(own, one => !one.ok) + 1]?.doneMs ?? Number.NaN
}

/** Runs `docker compose` on the house in a node, as somebody would by hand. */
export async function compose(cluster: Cluster, node: NodeName, args: readonly string[]): Promise<void> {
  const project = ['--project-directory', HOUSE_DIRECTORY, '--project-name', HOUSE_PROJECT]
  const file = ['--file', `${HOUSE_DIRECTORY}/compose.yaml`]
  const { exitCode, stderr } = await cluster.exec(node, ['docker', 'compose', ...project, ...file, ...args], {
    timeoutMs: LIMIT_MS,
  })
  if (exitCode === 0) return
  const last = stderr.trim().split('\n').at(-1)
  throw new Error(`docker compose ${args[0]} on ${node} ended with ${exitCode}: ${last}`)
}
