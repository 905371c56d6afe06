/** The power behind a played device: what really flows, whatever the device says about it. */
export class PlayedOutlet {
  on: boolean
  /** The relay is welded: it says OFF, and the load goes on. */
  lying = false
  /** The relay does not obey, and says so. */
  stuck = false
  /** Obeys an off, refuses an on. */
  refusesOn = false
  /** What the load draws while fed. */
  loadWatts = 120
  /** When the load was last cut, milliseconds since the epoch. */
  darkSince: number | undefined
  /** How often the load was really cut. */
  cuts = 0
  /** Answers of the device that said OFF, while nothing was lying. */
  offReadBack = 0
  /** Called when an OFF is about to be told. */
  tellingOff: () => void = () => {}

  constructor(on = true) {
    this.on = on
  }

  set(on: boolean): void {
    if (this.stuck || (on && this.refusesOn)) return
    if (this.on && !on && !this.lying) {
      this.cuts += 1
      this.darkSince = Date.now()
    }
    this.on = on
  }

  get watts(): number {
    return this.on || this.lying ? this.loadWatts : 0
  }

  /** The state as the device tells it; remembers that an OFF was told. */
  told(): boolean {
    if (!this.on) {
      this.offReadBack += 1
      this.tellingOff()
    }
    return this.on
  }
}
