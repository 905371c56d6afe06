/** Tells what happens while it happens, with the seconds since the demo or the step began. */
export interface Narrator {
  say(what: string): void
  /** A heading; times count from here on. */
  chapter(title: string, fromMs?: number): void
  /** Times count from this moment on. */
  countFrom(atMs: number): void
}

export function narrate(write: (line: string) => void): Narrator {
  let zeroMs = Date.now()
  return {
    say(what) {
      write(`${((Date.now() - zeroMs) / 1000).toFixed(1).padStart(7)} s  ${what}`)
    },
    chapter(title, fromMs = Date.now()) {
      zeroMs = fromMs
      write(`== ${title}`)
    },
    countFrom(atMs) {
      zeroMs = atMs
    },
  }
}
