import {
  cacheStatements,
  productReads,
  shopQueries,
  type CacheEntry,
  type CacheTables,
  type Product,
  type RunningShop,
  type StatementRecorder,
} from "../integration-tests/support/shop"
import { waitFor } from "../integration-tests/support/wait"

export type Verdict = "MISS" | "HIT" | "UNCLEAR"

export interface ObservedRead {
  readonly verdict: Verdict
  readonly products: Product[]
  readonly ms: number
  /** Queries on the shop's own tables. */
  readonly shopQueries: number
  readonly cacheStatements: number
  readonly entry: CacheEntry
  readonly entries: number
}

/** Reads through the cache, and finds out from PostgreSQL what the cache did. */
export class ObservedShop {
  constructor(
    readonly shop: RunningShop,
    readonly tables: CacheTables,
    readonly recorder: StatementRecorder
  ) {}

  async read(): Promise<ObservedRead> {
    const before = await this.tables.entries()
    const { result, statements } = await this.recorder.during(() =>
      timed(() => this.shop.listProducts())
    )
    const asked = productReads(statements).length
    const entry = await this.#storedEntry()

    return {
      verdict: verdict(asked, before, entry),
      products: result.value,
      ms: result.ms,
      shopQueries: shopQueries(statements).length,
      cacheStatements: cacheStatements(statements).length,
      entry,
      entries: (await this.tables.entries()).length,
    }
  }

  /** Makes a change, and waits until the entry is gone: the shop handles its events after it has answered. */
  async changeUntilGone(
    entry: CacheEntry,
    change: () => Promise<void>
  ): Promise<{ changeMs: number; goneMs: number }> {
    const changed = await timed(change)
    const gone = await timed(() =>
      waitFor("the entry to be removed from the cache", async () => {
        const ids = (await this.tables.entries()).map(({ id }) => id)

        return ids.includes(entry.id) ? undefined : true
      })
    )

    return { changeMs: changed.ms, goneMs: gone.ms }
  }

  /** Medusa answers a request before it has stored the answer. */
  async #storedEntry(): Promise<CacheEntry> {
    return waitFor(
      "the answer to be in the cache",
      async () => (await this.tables.entries())[0]
    )
  }
}

/** A hit is a read that asked the shop's tables for nothing and left the entry that was there as it was. */
function verdict(
  productReads: number,
  before: CacheEntry[],
  entry: CacheEntry
): Verdict {
  const wasThere = before.some(({ id }) => id === entry.id)

  if (productReads === 0 && wasThere) {
    return "HIT"
  }

  return productReads > 0 && !wasThere ? "MISS" : "UNCLEAR"
}

async function timed<T>(
  work: () => Promise<T>
): Promise<{ value: T; ms: number }> {
  const started = performance.now()
  const value = await work()

  return { value, ms: performance.now() - started }
}
