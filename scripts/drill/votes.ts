/** What corosync counts. */
export interface Votes {
  /** Of the members that are there now. */
  readonly total: number
  readonly quorum: number
  /** One of two nodes may go on alone. */
  readonly twoNode: boolean
}

/** Reads what `corosync-quorumtool -s` prints; undefined when it is something else. */
export function readVotes(text: string): Votes | undefined {
  const number = (name: string) => new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]
  const [total, quorum] = [number('Total votes'), number('Quorum')]
  if (total === undefined || quorum === undefined) return undefined
  return { total: Number(total), quorum: Number(quorum), twoNode: /^Flags:.*\b2Node\b/m.test(text) }
}

/**
 * Seconds until a lost node is dropped from the membership: token and consensus as corosync runs with them,
 * both milliseconds in what `corosync-cmapctl` prints.
 */
export function readMembershipSeconds(text: string): number | undefined {
  const time = (name: string) =>
    new RegExp(`^runtime\\.config\\.totem\\.${name} \\(u32\\) = (\\d+)`, 'm').exec(text)?.[1]
  const [token, consensus] = [time('token'), time('consensus')]
  return token === undefined || consensus === undefined
    ? undefined
    : (Number(token) + Number(consensus)) / 1000
}
