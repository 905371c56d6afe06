/** Tells what happens while it happens, with the seconds since the demo or the step began. */
export interface Narrator {
  say(what: string): void
  /** Says it once in a chapter: four daemons on each node tell the same. */
  sayOnce(what: string): void
  /** A heading; times count from here on. */
  chapter(title: string, fromMs?: number): void
  /** Times count from this moment on. */
  countFrom(atMs: number): void
}

export function narrate(write: (line: string) => void): Narrator {
  let zeroMs = Date.now()
  const said = new Set<string>()
  const say = (what: string) => write(`${((Date.now() - zeroMs) / 1000).toFixed(1).padStart(7)} s  ${what}`)
  return {
    say,
    sayOnce(what) {
      if (said.has(what)) return
      said.add(what)
      say(what)
    },
    chapter(title, fromMs = Date.now()) {
      zeroMs = fromMs
      said.clear()
      write(`== ${title}`)
    },
    countFrom(atMs) {
      zeroMs = atMs
    },
  }
}
