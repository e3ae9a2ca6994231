import { closedLoop } from "../measure/closed-loop"
import { readTrace, type TracedCall } from "../trace/format"
import { type Context, expect, type Operation } from "./operation"

let recorded: TracedCall[] | undefined

/**
 * What a real shop asked of its cache, call by call; the next caller who is free makes the next call.
 * Several processes share the calls, as they would share the requests.
 */
export const trace: Operation = async (context) => {
  const { concurrency, process, processes, traceCalls } = context.order
  recorded ??= readTrace()
  const calls = recorded
    .slice(0, traceCalls)
    .filter((_, n) => n % processes === process)
  // One by one each call meets the cache that it met in the shop.
  const inOrder = concurrency === 1 && processes === 1

  return await closedLoop({
    concurrency,
    milliseconds: 0,
    atLeast: calls.length,
    atMost: calls.length,
    call: (n) => replay(context, calls[n]!, inOrder),
  })
}

async function replay(
  { provider: { cache } }: Context,
  traced: TracedCall,
  inOrder: boolean
): Promise<void> {
  switch (traced.call) {
    case "set":
      return await cache.set(traced.input)
    case "clear":
      return await cache.clear(traced.input)
    case "get": {
      const value: unknown = await cache.get(traced.input)
      expect(
        !inOrder || (value !== null) === traced.hit,
        `get: ${traced.hit ? "no" : "a"} value of ${traced.input.key}, unlike in the shop`
      )
    }
  }
}
