import { AsyncResource } from "node:async_hooks"

/** Made before anything is asked of a cache, so that nothing of it hangs on this. */
const outside = new AsyncResource("outside of every request")

/** Handles something as a server does a request: in a flow of its own, not that of whoever calls this. */
export function inRequest<T>(handle: () => T): T {
  const request = outside.runInAsyncScope(() => new AsyncResource("request"))
  return request.runInAsyncScope(handle)
}
