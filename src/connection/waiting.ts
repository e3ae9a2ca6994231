import { setTimeout as sleep } from "node:timers/promises"
import { TimeLimitError } from "../faults"

/** Any time that is longer than all maintenance. */
const LONG_MS = 1_000_000

/** @returns whether the promise was settled in time */
export async function atMost(
  millis: number,
  promise: Promise<unknown>
): Promise<boolean> {
  const timer = new AbortController()
  const late = sleep(millis, false, { signal: timer.signal })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    timer.abort()
  }
}

/** @throws {TimeLimitError} unless the promise is settled in time; what it comes to later is ignored */
export async function inTime<T>(
  millis: number,
  promise: Promise<T>
): Promise<T> {
  if (!(await atMost(millis, promise))) {
    promise.catch(() => {})
    throw new TimeLimitError(millis)
  }
  return promise
}

/** Keeps the process alive until the promise is settled, whatever it waits for. */
export function keepAliveFor<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONG_MS)
  return promise.finally(() => clearInterval(timer))
}
