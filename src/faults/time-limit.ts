import { TimeLimitError } from "./outage"

/**
 * Waits no longer than so many milliseconds; what the promise stands for goes on.
 *
 * @throws {TimeLimitError} when the time is over
 */
export function within<T>(millis: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TimeLimitError(millis)),
      millis
    ).unref()
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
