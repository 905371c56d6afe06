/** What crm_mon tells about one node. */
export interface NodeState {
  readonly name: string
  readonly online: boolean
  readonly standby: boolean
  readonly unclean: boolean
  readonly dc: boolean
}

/** What crm_mon tells about one resource. */
export interface ResourceState {
  readonly id: string
  readonly agent: string
  readonly role: string
  readonly active: boolean
  readonly failed: boolean
  readonly blocked: boolean
  readonly managed: boolean
  /** Where it is active. */
  readonly nodes: readonly string[]
}

export interface ClusterState {
  readonly quorum: boolean
  readonly dc: string | undefined
  readonly nodes: readonly NodeState[]
  readonly resources: readonly ResourceState[]
  /** `operation on node: reason`, one for each failed action. */
  readonly failures: readonly string[]
}
