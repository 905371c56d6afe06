import { HOUSE_SERVICES, type HouseService } from '../house/services.ts'
import type { Cluster } from '../lab/cluster.ts'
import type { NodeName } from '../lab/plan.ts'
import { lastIndex } from './answers.ts'
import { startClient } from './client.ts'
import { median } from './floor.ts'
import { HOUSE_DIRECTORY, HOUSE_PROJECT } from './house-place.ts'
import { until } from './stage.ts'

const LIMIT_MS = 120_000

/**
 * How long each service needs from a plain `docker compose up -d` on this node to its first answer, outside
 * Pacemaker: what no cluster can make shorter. Median of the runs, in seconds.
 *
 * @param address the node's own one, asked from outside as the client does
 * @throws with compose's own last line when it fails
 */
export async function measureOwnStart(
  cluster: Cluster,
  node: NodeName,
  address: string,
  runs: number,
  tell: (line: string) => void,
): Promise<Map<HouseService, number>> {
  const measured = new Map<HouseService, number[]>(HOUSE_SERVICES.map(service => [service, []]))
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
        const own = client.answers.filter(one => one.service === service && one.sentMs >= startedMs)
        const first = own[lastIndex(own, one => !one.ok) + 1]
        const seconds = ((first?.doneMs ?? Number.NaN) - startedMs) / 1000
        measured.get(service)?.push(seconds)
        figures.push(`${service} ${seconds.toFixed(1)} s`)
      }
      tell(`plain start ${run} of ${runs} on ${node}: ${figures.join(', ')}`)
      await compose(cluster, node, ['down', '--timeout', '10'])
    }
  } finally {
    await client.close()
  }
  return new Map([...measured].map(([service, seconds]) => [service, median(seconds)]))
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
