import type { Picture, PictureResource } from './cluster-picture.ts'

/** What a drill is aimed at. */
export interface Aim {
  /** The outermost group or primitive: what moves. */
  readonly resource: string
  /** Its primitives. */
  readonly members: readonly PictureResource[]
  /** Where it is active. */
  readonly node: string
}

export type AimOutcome =
  | { readonly ok: true; readonly aim: Aim }
  | { readonly ok: false; readonly fault: string }

const no = (fault: string): AimOutcome => ({ ok: false, fault })

/**
 * Finds what the operator means: a resource, a node, or nothing where only one thing can be meant.
 *
 * @param wanted id of a resource (also of a member of a group), or name of a node
 */
export function aimAt(picture: Picture, wanted: string | undefined): AimOutcome {
  if (wanted !== undefined && picture.nodes.some(({ name }) => name === wanted)) {
    const here = movable(picture).filter(top =>
      membersOf(picture, top).some(one => one.nodes.includes(wanted)),
    )
    return here.length === 0
      ? no(`no resource that could move is active on ${wanted}`)
      : one(picture, here, `on ${wanted}`)
  }
  if (wanted === undefined) return one(picture, movable(picture), 'in this cluster')
  const found = picture.resources.find(({ id, top }) => id === wanted || top === wanted)
  if (found === undefined) return no(`the cluster knows neither a resource nor a node '${wanted}'`)
  if (!movable(picture).includes(found.top))
    return no(
      `${wanted} is ${found.kind === 'primitive' ? 'a fencing device' : `part of a ${found.kind}`}; name a group or a primitive`,
    )
  return aimOf(picture, found.top)
}

/** Ids of groups and primitives that run on one node at a time; fencing devices are none of the house. */
function movable(picture: Picture): string[] {
  const tops = picture.resources
    .filter(({ kind, agent }) => (kind === 'primitive' || kind === 'group') && !agent.startsWith('stonith:'))
    .map(({ top }) => top)
  return [...new Set(tops)]
}

function one(picture: Picture, tops: readonly string[], where: string): AimOutcome {
  // What people miss is the stack; an address or a mount beside it follows by its constraints.
  const stacks = tops.filter(top =>
    membersOf(picture, top).some(({ agent }) => agent === 'ocf:haha:compose-stack'),
  )
  const [top, ...more] = stacks.length > 0 ? stacks : tops
  if (top === undefined) return no(`there is no resource ${where} that could be moved`)
  if (more.length > 0)
    return no(`several resources ${where} can be meant: ${[top, ...more].join(', ')}; name one`)
  return aimOf(picture, top)
}

function aimOf(picture: Picture, resource: string): AimOutcome {
  const members = membersOf(picture, resource)
  const nodes = [...new Set(members.flatMap(member => member.nodes))]
  const [node] = nodes
  if (node === undefined) return no(`${resource} is not active on any node`)
  if (nodes.length > 1) return no(`${resource} is active on ${nodes.join(' and ')} at once`)
  return { ok: true, aim: { resource, members, node } }
}

const membersOf = (picture: Picture, top: string): readonly PictureResource[] =>
  picture.resources.filter(resource => resource.top === top)
