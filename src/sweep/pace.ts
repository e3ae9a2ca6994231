import { setTimeout as sleep } from "node:timers/promises"

/** A sweep or an eviction ends after this time; what is left waits for the next. */
export const MAX_RUN_MS = 20_000
/** Above this, a batch slows others down: by row locks, by dirty pages, by a busy core. */
const SLOW_MS = 100
const FAST_MS = 25
const MIN_ROWS = 50
const MAX_ROWS = 2_000
const FIRST_ROWS = 500
/** How many times longer than a slow batch the pause after it takes. */
const SLOW_PAUSE = 4
const MAX_PAUSE_MS = 5_000
/** A pause for rows that other transactions have locked. */
const LOCKED_MS = 200

/**
 * Sizes the batches of the sweep and the pauses after them. A pause is as long as its batch, and four times as long
 * where the database is slow. So the sweep takes at most half of one connection's time, or a fifth.
 */
export class Pace {
  /** Rows of the next batch. */
  rows = FIRST_ROWS

  /**
   * @param millis how long a batch took
   * @returns milliseconds to pause before the next
   */
  after(millis: number): number {
    if (millis > SLOW_MS) {
      this.rows = Math.max(MIN_ROWS, Math.floor(this.rows / 2))
      return Math.min(millis * SLOW_PAUSE, MAX_PAUSE_MS)
    }
    if (millis < FAST_MS) {
      this.rows = Math.min(MAX_ROWS, this.rows * 2)
    }
    return millis
  }
}

/**
 * Runs batch after batch, with pauses that do not keep the process alive (see `keepAliveFor`).
 *
 * @param deadline by `performance.now()`; no batch begins after it
 * @param batch removes up to so many rows; resolves to what is left, perhaps
 */
export async function inBatches(
  deadline: number,
  batch: (rows: number) => Promise<"nothing" | "more" | "locked rows">
): Promise<void> {
  const pace = new Pace()
  for (;;) {
    const begun = performance.now()
    const left = await batch(pace.rows)
    const now = performance.now()
    const pause = left === "locked rows" ? LOCKED_MS : pace.after(now - begun)
    if (left === "nothing" || now + pause > deadline) {
      return
    }
    await sleep(pause, undefined, { ref: false })
  }
}
