import { LatencyHistogram } from "./latency-histogram"
import type { Slice } from "./slice"

export interface Loop {
  /** How many callers there are; each makes its next call when its last one is answered. */
  readonly concurrency: number
  readonly milliseconds: number
  readonly atLeast?: number
  readonly atMost?: number
  /** @param n counts the calls of this loop, from 0 */
  readonly call: (n: number) => Promise<void>
}

/** Calls as fast as the callers get their answers. */
export async function closedLoop({
  concurrency,
  milliseconds,
  atLeast = concurrency,
  atMost = Infinity,
  call,
}: Loop): Promise<Slice> {
  const latencies = LatencyHistogram.empty()
  let calls = 0

  const started = performance.now()
  const deadline = started + milliseconds
  const caller = async () => {
    for (;;) {
      const before = performance.now()
      const over = before >= deadline && calls >= atLeast
      if (over || calls >= atMost) {
        return
      }
      await call(calls++)
      latencies.record(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, caller))

  return {
    operations: calls,
    milliseconds: performance.now() - started,
    latencies: latencies.counted,
  }
}
