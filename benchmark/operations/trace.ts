import { AsyncResource } from "node:async_hooks"
import { closedLoop } from "../measure/closed-loop"
import { inARow, type Slice } from "../measure/slice"
import { readTrace, type TracedCall } from "../trace/format"
import { type Context, expect, type Operation } from "./operation"

type Cache = Context["provider"]["cache"]

/** By key, the async context of the last call, once that is answered. */
type LastContexts = Map<string, Promise<AsyncResource>>

let recorded: TracedCall[] | undefined

/**
 * What a real shop asked of its cache, call by call; the next caller who is free makes the next call.
 * Several processes share the calls, as they would share the requests.
 *
 * The shop was asked one thing after the other. So no call overtakes a clear, nor one about the same key:
 * else a set would come too late, or a get too early, that in the shop did not, and each provider would
 * meet another cache.
 */
export const trace: Operation = (context) =>
  replayTrace(context, context.provider.cache)

export async function replayTrace(
  context: Context,
  cache: Cache
): Promise<Slice> {
  const { concurrency, process, processes, traceCalls } = context.order
  recorded ??= readTrace()
  const calls = shareOf(recorded.slice(0, traceCalls), process, processes)
  const lastContexts: LastContexts = new Map()
  const slices: Slice[] = []
  for (const stretch of stretchesOf(calls)) {
    const slice = await closedLoop({
      concurrency,
      milliseconds: 0,
      atLeast: stretch.length,
      atMost: stretch.length,
      call: (n) => replay(context, cache, stretch[n]!, lastContexts),
    })
    slices.push(slice)
  }
  return inARow(slices)
}

/** Every so many calls; but what was missed is set by the process that has missed it. */
function shareOf(
  calls: readonly TracedCall[],
  process: number,
  processes: number
): TracedCall[] {
  const missedAt = new Map<string, number>()
  return calls.filter((traced, n) => {
    if (traced.call === "get" && !traced.hit) {
      missedAt.set(keyOf(traced), n)
    }
    const at = traced.call === "set" ? (missedAt.get(traced.input.key) ?? n) : n
    return at % processes === process
  })
}

/** Clears, and what comes between them. */
function stretchesOf(calls: readonly TracedCall[]): TracedCall[][] {
  const stretches: TracedCall[][] = []
  for (const traced of calls) {
    const last = stretches.at(-1)
    if (last && isClear(last[0]!) === isClear(traced)) {
      last.push(traced)
    } else {
      stretches.push([traced])
    }
  }
  return stretches
}

async function replay(
  context: Context,
  cache: Cache,
  traced: TracedCall,
  lastContexts: LastContexts
): Promise<void> {
  switch (traced.call) {
    case "set":
      return await inTurn(traced, lastContexts, () => cache.set(traced.input))
    case "clear":
      return await cache.clear(traced.input)
    case "get": {
      const value: unknown = await inTurn(traced, lastContexts, () =>
        cache.get(traced.input)
      )
      // What another process does meanwhile is not in order.
      const isAlone = context.order.processes === 1
      expect(
        !isAlone || (value !== null) === traced.hit,
        `get: ${traced.hit ? "no" : "a"} value of ${traced.input.key}, unlike in the shop`
      )
    }
  }
}

/**
 * Makes a call when the one before it with the same key is answered; a set in the async context of
 * that call, by which it follows the miss as in the shop. The contexts of the replay's callers will not do: their sets would be
 * checked against what these missed earlier.
 */
async function inTurn<T>(
  traced: TracedCall,
  lastContexts: LastContexts,
  call: () => Promise<T>
): Promise<T> {
  const key = keyOf(traced)
  const before = lastContexts.get(key)
  const asyncContext = new AsyncResource("request")
  let answer!: Promise<T>
  const makeCall = async () => {
    const last = await before
    const request =
      traced.call === "set" ? (last ?? asyncContext) : asyncContext
    const after = request.runInAsyncScope(() => {
      answer = call()
      return new AsyncResource("request, after its call")
    })
    await answer
    return after
  }
  const turn = makeCall()
  lastContexts.set(key, turn)
  await turn
  return await answer
}

function keyOf({ input }: TracedCall): string {
  return input.key ?? ""
}

function isClear({ call }: TracedCall): boolean {
  return call === "clear"
}
