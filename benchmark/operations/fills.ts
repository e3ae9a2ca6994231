import type { Slice } from "../measure/slice"
import {
  type Context,
  expect,
  freshName,
  itemAt,
  measureFor,
  type Operation,
  sample,
} from "./operation"
import { MAX_NEW, TTL_SECONDS } from "./writes"

/** What a shop does for what is not cached: the set follows the miss, and is checked against clears. */
export const fillMissed: Operation = (context) => fill(context, (key) => key)

/** The same calls, but nobody has missed what is set, so that there is nothing to check. */
export const fillOther: Operation = (context) =>
  fill(context, (key) => `other-${key}`)

async function fill(
  context: Context,
  keyToSet: (missed: string) => string
): Promise<Slice> {
  const { cache } = context.provider
  const keys: string[] = []
  const slice = await measureFor(
    context,
    async (n) => {
      const { data, tags } = itemAt(context, n)
      const missed = `filled-${freshName()}`
      const value: unknown = await cache.get({ key: missed })
      expect(value === null, "get: a value that nobody has set")
      const key = keyToSet(missed)
      keys[n] = key
      await cache.set({ key, data, tags, ttl: TTL_SECONDS })
    },
    MAX_NEW[context.order.workload]
  )
  for (const n of sample(slice.operations)) {
    const value: unknown = await cache.get({ key: keys[n]! })
    expect(itemAt(context, n).matches(value), `set: ${keys[n]} is not there`)
  }
  return slice
}
