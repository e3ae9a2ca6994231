/** A moment by two clocks: the steady one stands still while a machine sleeps, the other can be set. */
export interface Moment {
  /** By `performance.now()`. */
  readonly steady: number
  /** By `Date.now()`. */
  readonly wall: number
}

export const NEVER: Moment = { steady: -Infinity, wall: -Infinity }

export function thisMoment(): Moment {
  return { steady: performance.now(), wall: Date.now() }
}

/**
 * Whether a moment is at most that many milliseconds ago, by both clocks.
 *
 * @param now by `performance.now()`
 */
export function isWithin(
  millis: number,
  { steady, wall }: Moment,
  now = performance.now()
): boolean {
  return now - steady <= millis && Math.abs(Date.now() - wall) <= millis
}
