import type { CachingPostgresOptions } from "../../../src"
import type { Engine } from "../../../src/engine"
import type { NearCacheStats } from "../../../src/near-cache"
import type { PostgresCachingProvider } from "../../../src/services"
import { pause } from "../faults/caller"
import { LONG_TIMEOUTS } from "../provider/long-timeouts"
import type { TestCache } from "../provider/test-cache"
import { waitFor } from "../wait"

/** Longer than any test: what was announced to nobody would be served for as long. */
export const LONG_TTL = 60
/** A connection that is stalled is found out within this time. */
export const ALIVE_MS = 3_000

export function nearProvider(
  cache: TestCache,
  { nearCache, ...options }: CachingPostgresOptions = {}
): PostgresCachingProvider {
  return cache.provider({
    timeouts: LONG_TIMEOUTS,
    nearCache: { ttl: LONG_TTL, ...(nearCache as object) },
    ...options,
  })
}

/** How many connections listen. */
export async function countListening(cache: TestCache): Promise<number> {
  const rows = await cache.sql(
    `select from pg_stat_activity
     where datname = current_database()
       and application_name = 'medusa-caching-postgres' and query like 'listen %'`
  )
  return rows.length
}

/** What `stats()` says of it, without asking the database. */
export function nearStats(provider: PostgresCachingProvider): NearCacheStats {
  return (provider["engine"] as Engine).parts.near!.stats
}

/** Gets, since nothing else makes it listen. */
export async function untilListening(
  ...providers: PostgresCachingProvider[]
): Promise<void> {
  for (const provider of providers) {
    await waitFor("the near cache to listen", async () => {
      await provider.get({ key: "is it listening?" })
      return nearStats(provider).isListening || undefined
    })
  }
}

/** Gets, until the answer is one of the near cache. */
export function untilNear(
  provider: PostgresCachingProvider,
  ...keys: string[]
): Promise<unknown[]> {
  return waitFor("answers of the near cache", async () => {
    const { hits } = nearStats(provider)
    const found = await getAll(provider, keys)
    return nearStats(provider).hits === hits + keys.length ? found : undefined
  })
}

export function getAll(
  provider: PostgresCachingProvider,
  keys: readonly string[]
): Promise<unknown[]> {
  return Promise.all(keys.map((key) => provider.get({ key })))
}

/** Gets, until the answer is another one; and from then on it must never be the old one again. */
export async function untilChanged(
  provider: PostgresCachingProvider,
  key: string,
  old: unknown
): Promise<unknown> {
  const before = JSON.stringify(old)
  const answer = async () => JSON.stringify(await provider.get({ key }))
  let found = ""
  await waitFor(`another answer than ${before} for ${key}`, async () => {
    found = await answer()
    return found !== before || undefined
  })
  for (let round = 0; round < 20; round++) {
    expect(await answer()).toBe(found)
    await pause(2)
  }
  return JSON.parse(found) as unknown
}
