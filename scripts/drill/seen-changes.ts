import type { Picture } from './cluster-picture.ts'

/** What changed between two looks at the cluster. */
export type SeenChange =
  | { readonly kind: 'lost' | 'joined' | 'unclean'; readonly node: string }
  | { readonly kind: 'left' | 'taken-over'; readonly node: string; readonly resource: string }
  | { readonly kind: 'failed'; readonly node: string; readonly operation: string; readonly reason: string }

/** A change, and when it was seen: at most the time between two looks after it happened. */
export type SeenEvent = SeenChange & { readonly atMs: number }

/** @param resource whose places are told */
export function changesBetween(before: Picture, after: Picture, resource: string): SeenChange[] {
  const changes: SeenChange[] = []
  for (const node of after.nodes) {
    const former = before.nodes.find(({ name }) => name === node.name)
    if (former === undefined) continue
    if (former.online && !node.online) changes.push({ kind: 'lost', node: node.name })
    if (!former.online && node.online) changes.push({ kind: 'joined', node: node.name })
    if (!former.unclean && node.unclean) changes.push({ kind: 'unclean', node: node.name })
  }
  const [were, are] = [placesOf(before, resource), placesOf(after, resource)]
  for (const node of were) if (!are.includes(node)) changes.push({ kind: 'left', node, resource })
  for (const node of are) if (!were.includes(node)) changes.push({ kind: 'taken-over', node, resource })
  for (const { operation, node, reason } of after.failures) {
    const isKnown = before.failures.some(
      known => known.operation === operation && known.node === node && known.reason === reason,
    )
    if (!isKnown) changes.push({ kind: 'failed', node, operation, reason })
  }
  return changes
}

function placesOf({ resources }: Picture, resource: string): readonly string[] {
  return [...new Set(resources.filter(({ top }) => top === resource).flatMap(({ nodes }) => nodes))]
}

/** A change as the operator is told it. */
export function wordingOf(change: SeenChange): string {
  switch (change.kind) {
    case 'lost':
      return `${change.node} is no longer a member`
    case 'joined':
      return `${change.node} is a member again`
    case 'unclean':
      return `${change.node} is to be fenced`
    case 'left':
      return `nothing of ${change.resource} is left on ${change.node}`
    case 'taken-over':
      return `${change.resource} begins on ${change.node}`
    case 'failed':
      return `${change.operation} failed on ${change.node}: ${change.reason}`.slice(0, 190)
  }
}
