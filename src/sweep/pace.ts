/** Above this a batch is felt by others: by row locks, by dirty pages, by a core at work. */
const SLOW_MS = 100
const FAST_MS = 25
const LEAST_ROWS = 50
const MOST_ROWS = 2_000
const FIRST_ROWS = 500
/** How many times longer than a slow batch the pause behind it takes. */
const SLOW_PAUSE = 4
const LONGEST_PAUSE_MS = 5_000

/**
 * How large a batch of the sweep is and how long it rests: at least as long as the batch took, and four
 * times as long where the database is slow, with smaller batches. So the sweep takes at most half of
 * one connection's time, and a fifth where the database is busy.
 */
export class Pace {
  /** Rows of the next batch. */
  rows = FIRST_ROWS

  /**
   * @param millis how long a batch took
   * @returns milliseconds to rest before the next
   */
  after(millis: number): number {
    if (millis > SLOW_MS) {
      this.rows = Math.max(LEAST_ROWS, Math.floor(this.rows / 2))
      return Math.min(millis * SLOW_PAUSE, LONGEST_PAUSE_MS)
    }
    if (millis < FAST_MS) {
      this.rows = Math.min(MOST_ROWS, this.rows * 2)
    }
    return millis
  }
}
