import type { TestCache } from "./test-cache"
import { waitFor } from "../wait"

/** Resolves when a connection to the cache's database waits for a lock. */
export async function waitingForLock(cache: TestCache): Promise<void> {
  await waitFor("a connection to wait for a lock", async () => {
    // In a transaction the view returns what it returned first, until its snapshot is cleared.
    await cache.sql("select pg_stat_clear_snapshot()")
    const waiting = await cache.sql(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`
    )
    return waiting.length > 0 || undefined
  })
}
