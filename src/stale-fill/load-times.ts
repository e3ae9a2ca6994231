/** Milliseconds; a load is remembered for at least this long, and at most twice as long. */
const REMEMBERED_MS = 300_000

/** The longest of the recent loads. */
export class LoadTimes {
  private startedAt = -Infinity
  private current?: number
  private previous?: number

  /** @param now by `performance.now()` */
  add(millis: number, now: number): void {
    this.turn(now)
    this.current = Math.max(this.current ?? 0, millis)
  }

  /** @returns milliseconds; undefined where there was no load */
  longest(now: number): number | undefined {
    this.turn(now)
    const { current, previous } = this
    return current === undefined || previous === undefined
      ? (current ?? previous)
      : Math.max(current, previous)
  }

  private turn(now: number): void {
    const age = now - this.startedAt
    if (age > REMEMBERED_MS) {
      this.previous = age > 2 * REMEMBERED_MS ? undefined : this.current
      this.current = undefined
      this.startedAt = now
    }
  }
}
