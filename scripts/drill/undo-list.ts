import { oneLine } from './one-line.ts'

/** One thing that a drill did and took back, or could not. */
export interface Undone {
  readonly what: string
  /** Undefined: done. */
  readonly failure?: string
}

/** What is to be taken back however a drill ends, the last one first. */
export class UndoList {
  readonly #open: { readonly what: string; readonly undo: () => Promise<void> }[] = []

  /** Called before the thing itself is done: half of it may be done when it is interrupted. */
  add(what: string, undo: () => Promise<void>): void {
    this.#open.push({ what, undo })
  }

  /** Takes back everything that is left; one that fails does not hold up the others. */
  async run(): Promise<readonly Undone[]> {
    const undone: Undone[] = []
    for (let last = this.#open.pop(); last !== undefined; last = this.#open.pop()) {
      const { what, undo } = last
      try {
        await undo()
        undone.push({ what })
      } catch (error) {
        undone.push({ what, failure: oneLine(error) })
      }
    }
    return undone
  }
}
