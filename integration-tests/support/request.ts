import { AsyncResource } from "node:async_hooks"

/** Made before anything is asked of a cache, so that it belongs to no async context of one. */
const outside = new AsyncResource("outside of every request")

/** Runs in an async context of its own, as a server handles a request. */
export function inRequest<T>(handle: () => T): T {
  const request = outside.runInAsyncScope(() => new AsyncResource("request"))
  return request.runInAsyncScope(handle)
}
