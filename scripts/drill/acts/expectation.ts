import type { ActSource } from '../act.ts'
import { seconds } from '../figures.ts'
import { heirOf } from '../refusals.ts'

/** What is expected of every loss of a node: who takes over, and how soon the cluster can know. */
export function expectedAfterLoss(
  { situation, membershipSeconds }: ActSource,
  isTold: boolean,
): readonly string[] {
  const { aim } = situation
  const dropped = `corosync drops ${aim.node} after ${seconds(membershipSeconds)} (token and consensus)`
  return [
    ...(membershipSeconds === undefined ? [] : [isTold ? `${dropped}; no recovery is sooner` : dropped]),
    `${aim.node} is fenced, ${aim.resource} starts on ${heirOf(situation) ?? 'another node'}`,
    `${aim.node} boots and joins again by itself, and takes nothing it must not take`,
  ]
}
