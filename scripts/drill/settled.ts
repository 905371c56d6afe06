import type { Picture } from './cluster-picture.ts'

/** Whether every part of a resource runs on one node, and nothing is being done with any of it. */
export function isSettledOn(picture: Picture, resource: string, node: string): boolean {
  const parts = picture.resources.filter(({ top }) => top === resource)
  return (
    parts.length > 0 &&
    parts.every(
      ({ nodes, pending, failed }) => nodes.length === 1 && nodes[0] === node && pending === '' && !failed,
    )
  )
}

/** The same, on whichever node. */
export function isSettled(picture: Picture, resource: string): boolean {
  return picture.nodes.some(({ name }) => isSettledOn(picture, resource, name))
}

/** The same, on another node than that one. */
export function isElsewhere(picture: Picture, resource: string, node: string): boolean {
  return picture.nodes.some(({ name }) => name !== node && isSettledOn(picture, resource, name))
}

/** Whether a node is a member that may run resources. */
export const isReady = (picture: Picture, name: string): boolean =>
  picture.nodes.some(node => node.name === name && node.online && !node.unclean && !node.pending)
