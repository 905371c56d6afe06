import type { Command } from '../host/command.ts'
import type { Sample } from '../metrics/metric.ts'
import type { DampedOutcome } from './damping.ts'
import type { Deadline } from './deadline.ts'
import type { AgentDefinition, Depth } from './definition.ts'
import type { Invocation } from './invocation.ts'
import type { ReadParameter } from './parameter.ts'
import type { Report } from './report.ts'
import type { StateSection } from './state-file.ts'
import type { WorkInFlight } from './work-in-flight.ts'

/** One fault of something optional, or one that moving the resource cannot help. */
export interface DegradedReason {
  /** Stable word for the node attribute and the metric: `service_zigbee2mqtt`, `redundancy`. */
  readonly key: string
  /** What was seen and what to do, for the log and the exit reason. */
  readonly reason: string
}

/**
 * One bounded step that may heal a failure in place. The life cycle runs it only in a recurring
 * monitor of a managed resource, records it before it begins and counts it in a sliding window that
 * success does not reset; while it settles, monitor answers 190, and once `limit` steps were taken
 * within `windowMs`, it answers 1 with the failure's own reason.
 */
export interface Cure {
  /** What is cured; steps are counted per key. */
  readonly key: string
  /** What is done, for log and exit reason: "restart service zigbee2mqtt in place". */
  readonly purpose: string
  readonly limit: number
  readonly windowMs: number
  /**
   * How long a step may take to show its effect before the failure counts again; a list gives the
   * first, second, ... step its own time (the last one stays), which makes a back-off.
   */
  readonly settleMs: number | readonly number[]
  step(): Promise<void>
}

/**
 * What an agent saw when it looked at the one truth. `reason` is for the operator: what was seen, on
 * what, what to do, in one line.
 */
export type Observation =
  /** Everything required works. */
  | { readonly state: 'running' }
  /** On its way: start waits for it; a recurring monitor tolerates it no longer than start's timeout. */
  | { readonly state: 'starting'; readonly reason: string; readonly cure?: Cure }
  /** Running; something optional, or something that moving cannot help, is broken. */
  | { readonly state: 'degraded'; readonly faults: readonly DegradedReason[]; readonly cure?: Cure }
  /** Nothing of it is alive and nothing recorded can come alive. */
  | { readonly state: 'stopped' }
  /** Alive at least in part, and broken. `hopeless`: waiting cannot help, so start gives up at once. */
  | { readonly state: 'failed'; readonly reason: string; readonly cure?: Cure; readonly hopeless?: boolean }
  /** It could not be found out. Never taken for stopped. */
  | { readonly state: 'unknown'; readonly reason: string }

/** How hard an agent looks. */
export interface Glance {
  /** OCF_CHECK_LEVEL rounded down to a depth that the definition lists. */
  readonly depth: Depth
  /**
   * `probe`: is anything of it here? `monitor`: does it work? `start`: has every required probe really
   * passed, without damping? `stop`: is anything of it left alive? (No probes of the service.)
   */
  readonly purpose: 'probe' | 'monitor' | 'start' | 'stop'
}

/** What every function of an agent is handed. */
export interface Action<Settings> {
  readonly invocation: Invocation
  readonly settings: Settings
  readonly deadline: Deadline
  readonly report: Report
  /**
   * This instance's own section of the state file under /run/resource-agents: parsed at the edge by
   * the agent, written atomically by {@link StateSection.save}.
   */
  readonly recorded: StateSection
  /** Mutating children and requests: recorded before they begin, ended first by stop. */
  readonly work: WorkInFlight
  /** Whether a failure counts now, or is damped: lib/ocf/damping.ts on this instance's state. */
  readonly countFailure: (
    key: string,
    outcome: DampedOutcome,
    threshold: number,
  ) => { readonly counts: boolean; readonly inARow: number }
  /** Runs a command with a time limit of its own, in `/`, with LC_ALL=C. */
  readonly run: Command
}

/**
 * A problem found by validation: in the parameters themselves (6), on this host (2), missing software
 * (5), missing rights (4), or something that may pass by itself (1).
 */
export interface Problem {
  readonly kind: 'configuration' | 'host' | 'software' | 'permission' | 'passing'
  readonly text: string
}

/** What an agent states; lib/ocf/life-cycle.ts does the rest, alike for all agents. */
export interface Agent<Settings> {
  readonly definition: AgentDefinition
  /**
   * The parameters as one typed value. Strict in start, validate-all and reload-agent (a bad value
   * throws); elsewhere `read` falls back to what start recorded, then to the default.
   */
  settings(read: ReadParameter): Settings
  /** Checks across parameters that need no host: called at every full validation, also at level 0. */
  contradictions?(settings: Settings): readonly Problem[]
  /** Checks of this host (start and validate-all at level 10). Warnings go to `action.report`. */
  checkHost?(action: Action<Settings>): Promise<readonly Problem[]>
  /** Looks at the one truth. Never mutates anything but its own record. */
  look(action: Action<Settings>, glance: Glance): Promise<Observation>
  /** Begins; returns when there is nothing more to do but wait. Called once, only when not running. */
  start(action: Action<Settings>): Promise<void>
  /** Ends gracefully; may return before everything is gone. */
  stop(action: Action<Settings>): Promise<void>
  /** Ends whatever is left with force; called when the graceful share of the budget is used up. */
  forceStop(action: Action<Settings>): Promise<void>
  /** Takes over changed reloadable parameters in the running service; absent: monitors just read them. */
  reload?(action: Action<Settings>): Promise<void>
  /**
   * What it tells Prometheus beyond its results, after a recurring monitor where metrics are on: from its
   * own record and the kernel's memory, nothing else. Loaded from agents/<name>/metrics.ts only then.
   */
  samples?(action: Action<Settings>): Promise<readonly Sample[]>
}
