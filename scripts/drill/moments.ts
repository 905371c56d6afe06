/** Where a time was read: one source for each kind. */
export const SOURCES = [
  'demo',
  'drill',
  'pacemaker.log',
  'crm_mon',
  'plug',
  'switch',
  'host',
  'client',
] as const
export type Source = (typeof SOURCES)[number]

/** Something that happened, in milliseconds since the epoch. */
export interface Moment {
  readonly atMs: number
  readonly what: string
  readonly source: Source
}

/** Something that must be true for the run to count as a success. */
export interface Check {
  readonly text: string
  readonly ok: boolean
}

/** The moments every fault is told by; one that needs no fencing has none of it. */
export interface Phases {
  /** The cluster knows. */
  readonly detectedMs?: number | undefined
  readonly fencingAskedMs?: number | undefined
  /** The plug was first read back as off. */
  readonly offMs?: number | undefined
  /** The cluster counts the node as fenced. */
  readonly fencedMs?: number | undefined
  /** The first process or resource ran on the node that took over. */
  readonly takeOverMs?: number | undefined
}

/** The first one in time. */
export const earliest = <T extends { readonly atMs: number }>(all: readonly T[]): T | undefined =>
  all.reduce<T | undefined>(
    (first, one) => (first === undefined || one.atMs < first.atMs ? one : first),
    undefined,
  )
