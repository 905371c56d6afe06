/** Private: each node's latest outcome, `ok:17`. */
export function lookAttribute(name: string): string {
  return `haha-look-${name}`
}

/** Private: how far a recovery is, and what it owes. */
export function recoveryAttribute(name: string): string {
  return `haha-recovery-${name}`
}
