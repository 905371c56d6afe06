import type { DrbdVolume } from '../../agents/nfs-ocfs2-export/drbd.ts'
import type { ActionAdvice } from '../../lib/ocf/definition.ts'
import type { Cib } from '../pacemaker/cib.ts'
import type { ClusterStatus } from './crm-mon.ts'
import type { Container } from './sources/containers.ts'
import type { Corosync } from './sources/corosync.ts'
import type { RecordedDuration } from './sources/durations.ts'
import type { FencingMemory } from './sources/fencing-memory.ts'
import type { Link } from './sources/links.ts'
import type { ModelFile } from './sources/model-files.ts'
import type { NfsServer } from './sources/nfs-server.ts'
import type { Ocfs2Cluster } from './sources/ocfs2.ts'
import type { Sbd } from './sources/sbd.ts'
import type { SecretFile } from './sources/secret-files.ts'
import type { Unit } from './sources/units.ts'
import type { Upgrades } from './sources/upgrades.ts'

/**
 * Everything that was seen, of the whole cluster and of this node. Undefined is what could not be looked at,
 * or is not there; an empty list is what was looked at and has nothing in it.
 */
export interface Observation {
  /** This node, by its name in the cluster. */
  readonly node: string | undefined
  readonly cib: Cib | undefined
  readonly status: ClusterStatus | undefined
  readonly fencingMemory: FencingMemory | undefined
  readonly corosync: Corosync | undefined
  readonly sbd: Sbd | undefined
  readonly ocfs2: readonly Ocfs2Cluster[]
  readonly drbd: readonly DrbdVolume[]
  readonly nfs: NfsServer | undefined
  readonly containers: readonly Container[]
  readonly units: readonly Unit[]
  readonly upgrades: Upgrades | undefined
  readonly durations: readonly RecordedDuration[]
  readonly links: readonly Link[]
  readonly secretFiles: readonly SecretFile[]
  readonly models: readonly ModelFile[]
  /** What our agents advise, by the name of the agent. */
  readonly advice: Advice
}

export type Advice = Readonly<Record<string, readonly ActionAdvice[]>>

/** Something that is there, or should be, and could not be looked at. */
export interface Gap {
  readonly what: string
  readonly why: string
}

/** Nothing seen: what tests and a tool without a cluster begin with. */
export const nothingSeen: Observation = {
  node: undefined,
  cib: undefined,
  status: undefined,
  fencingMemory: undefined,
  corosync: undefined,
  sbd: undefined,
  ocfs2: [],
  drbd: [],
  nfs: undefined,
  containers: [],
  units: [],
  upgrades: undefined,
  durations: [],
  links: [],
  secretFiles: [],
  models: [],
  advice: {},
}
