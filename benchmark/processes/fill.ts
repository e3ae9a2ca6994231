import type { ICachingProviderService } from "@medusajs/framework/types"
import type { Item } from "../workloads"

/** So many callers at once fill a cache fast, whichever it is. */
const CALLERS = 64
/** Longer than any run. */
const TTL_SECONDS = 86_400

export async function fill(
  cache: ICachingProviderService,
  count: number,
  itemOf: (n: number) => Item
): Promise<void> {
  let next = 0
  const caller = async () => {
    while (next < count) {
      const { key, data, tags } = itemOf(next++)
      await cache.set({ key, data, tags, ttl: TTL_SECONDS })
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
}
