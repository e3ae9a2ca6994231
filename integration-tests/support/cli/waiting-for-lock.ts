import type { TestCache } from "../provider/test-cache"

/** Resolves when a connection to the cache's database waits for a lock. */
export async function waitingForLock(cache: TestCache): Promise<void> {
  for (;;) {
    // In a transaction the view returns what it returned first, until its snapshot is cleared.
    await cache.sql("select pg_stat_clear_snapshot()")
    const waiting = await cache.sql(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`
    )
    if (waiting.length > 0) {
      return
    }
    await cache.sql("select pg_sleep(0.02)")
  }
}
