import { AsyncResource } from "node:async_hooks"
import type { Misses, ReadVersion } from ".."

export const KEY = "product"
/** Milliseconds for which a load is expected where none was longer. */
export const MIN_LOAD_MS = 3_000

export const versionOf = (number: number): ReadVersion => ({
  version: String(number),
  epoch: "7",
})

/** Runs as a request of its own, whatever the test has read before. */
export const apart = <T>(run: () => T): T =>
  new AsyncResource("request").runInAsyncScope(run)

/** A request that goes on after its first part, as after an await. */
export function request(): <T>(run: () => T) => T {
  let resource = new AsyncResource("request")
  return <T>(run: () => T): T =>
    resource.runInAsyncScope(() => {
      try {
        return run()
      } finally {
        resource = new AsyncResource("request")
      }
    })
}

export function miss(misses: Misses, number: number, key = KEY): void {
  misses.missed(misses.read(key), versionOf(number))
}

/** A miss elsewhere, of which the context that sets knows nothing. */
export const missApart = (misses: Misses, number: number, key = KEY): void =>
  apart(() => miss(misses, number, key))

export const setApart = (misses: Misses, key = KEY): ReadVersion | undefined =>
  apart(() => misses.followedBy(key))

/** A request that misses, loads and sets. */
export function fillApart(
  misses: Misses,
  number: number,
  millis = 50,
  key = KEY
): void {
  const one = request()
  one(() => miss(misses, number, key))
  jest.advanceTimersByTime(millis)
  one(() => misses.followedBy(key))
}
