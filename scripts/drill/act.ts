import type { Picture } from './cluster-picture.ts'
import type { Order } from './command-line.ts'
import type { Figures } from './figures.ts'
import type { Situation } from './refusals.ts'
import type { WatchedService } from './services.ts'
import type { UndoList } from './undo-list.ts'

/** What the operator is shown before he is asked. */
export interface PlanLines {
  readonly does: readonly string[]
  readonly expects: readonly string[]
  readonly undoes: readonly string[]
}

/** What an act works with while it runs. */
export interface DrillStage {
  readonly undos: UndoList
  /** Called just before the fault is made; all times count from here. */
  fault(what: string, atMs?: number): void
  /** Something that the drill itself did or saw. */
  note(what: string): void
  check(text: string, ok: boolean): void
  /** Whether anything has gone wrong in the eyes of the cluster or of a client, since the fault. */
  noticed(): boolean
  /** When a service first missed an answer, or the node was first seen lost, since the act began. */
  firstSign(): number | undefined
  /** Whether it has been interrupted: an act that waits for something gives up then. */
  isEnding(): boolean
}

/** One look while a drill runs. */
export interface View {
  readonly picture: Picture
  readonly sinceFaultMs: number
  /** As in {@link DrillStage.noticed}. */
  readonly noticed: boolean
}

/** A drill that is ready to begin. */
export interface Act {
  readonly plan: PlanLines
  /** Makes the fault. @throws when it could not be made */
  make(stage: DrillStage): Promise<void>
  /** Whether the cluster has done what it ought to; whether the services answer is looked at beside it. */
  isOver(view: View): boolean
  /** A node that has to be a member again before the redundancy is whole. */
  readonly returns?: string
}

/** An act, or why it cannot be made here. */
export type ActOutcome =
  | { readonly ok: true; readonly act: Act }
  | { readonly ok: false; readonly faults: readonly string[] }

/** What an act is made from. */
export interface ActSource {
  readonly situation: Situation
  readonly order: Order
  readonly services: readonly WatchedService[]
  /** Figures of the last drill of this kind. */
  readonly last: Figures | undefined
  /** Seconds until corosync drops a lost node. */
  readonly membershipSeconds: number | undefined
}
