import { pause } from '../../lib/host/clock.ts'
import { type Aim, aimAt } from './aim.ts'
import {
  askConfiguration,
  askScheduler,
  askVotes,
  fenceDevicesFor,
  lookAtCluster,
  thisNode,
} from './cluster-tools.ts'
import type { Order } from './command-line.ts'
import { KIND_FACTS } from './kinds.ts'
import { refusals, type Situation } from './refusals.ts'
import { servicesOf, type WatchedService } from './services.ts'
import { brokenStorage, criticalFindings } from './witnesses.ts'

/** How long a cluster that is at work is given to come to rest. */
const REST_MS = 20_000
const AGAIN_MS = 1_000

/** What was found, or why the drill cannot even be planned. */
export type Looked =
  | {
      readonly ok: true
      readonly situation: Situation
      readonly services: readonly WatchedService[]
      /** Why it must not begin, one line each. */
      readonly refused: readonly string[]
    }
  | { readonly ok: false; readonly fault: string }

/**
 * Looks at everything that a drill stands on. Changes nothing.
 *
 * @throws ClusterSilent when the cluster cannot be asked
 */
export async function lookAround(order: Order): Promise<Looked> {
  const here = await thisNode()
  const picture = await restingPicture()
  const aimed = aimAt(picture, order.target)
  if (!aimed.ok) return aimed
  const { aim } = aimed
  const { configuration, cib } = await askConfiguration()
  const facts = KIND_FACTS[order.kind]
  const situation: Situation = {
    ...{ kind: order.kind, aim, here, picture, configuration },
    forecast: await askScheduler(cib, aim.node, facts.losesNode ? 'lost' : 'left'),
    fenceDevices: facts.losesNode ? await fenceDevicesFor(aim.node) : [],
    votes: facts.losesNode ? await askVotes() : undefined,
    critical: await criticalFindings(),
    storage: facts.losesNode ? await brokenStorage() : [],
  }
  const services = order.services ?? servicesOf(configuration, memberIds(aim))
  const unwatched =
    services.length > 0
      ? []
      : [`nothing of ${aim.resource} tells how it is asked from outside; name it: --services name=URL`]
  return { ok: true, situation, services, refused: [...refusals(situation), ...unwatched] }
}

/** Ids of the primitives that a drill is aimed at. */
export const memberIds = (aim: Aim): readonly string[] => [...new Set(aim.members.map(({ id }) => id))]

async function restingPicture() {
  const end = Date.now() + REST_MS
  for (;;) {
    const picture = await lookAtCluster()
    const isAtRest = picture.resources.every(({ pending }) => pending === '')
    if (isAtRest || Date.now() > end) return picture
    await pause(AGAIN_MS)
  }
}
