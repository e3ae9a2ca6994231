import type { CachingPostgresOptions } from "../../src"
import type { PostgresCachingProvider } from "../../src/services"
import { pause } from "../support/faults/caller"
import {
  LONG_TTL,
  nearStats,
  untilChanged,
  untilListening,
  untilNear,
} from "../support/near-cache/near"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { TestCache, testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

describe("a near cache with a pooler in transaction mode", () => {
  const cache = testCache()
  let pooler: TransactionPooler
  let logger: TestLogger
  let direct: PostgresCachingProvider

  beforeAll(() => {
    direct = cache.provider({
      nearCache: { ttl: LONG_TTL },
      timeouts: LONG_TIMEOUTS,
    })
  })
  beforeEach(async () => {
    await cache.empty()
    // The pooler tracks no prepared statements, so no two connections may prepare the same one.
    await direct.clear({ tags: ["anything"] })
    pooler = await TransactionPooler.start(cache.url, 1)
    logger = new TestLogger()
  })
  afterEach(() => pooler.stop())

  const pooled = (nearCache: CachingPostgresOptions["nearCache"]) =>
    cache.provider(
      {
        database: { clientUrl: pooler.url },
        nearCache,
        timeouts: LONG_TIMEOUTS,
      },
      logger
    )

  it("Through a pooler in transaction mode the near cache is off, says once what it needs, and the cache works without.", async () => {
    const provider = pooled({})
    // Rounds after it has said so.
    let left = 50
    for (let round = 0; left > 0; round++) {
      const key = `k${round}`
      await provider.set({ key, data: round, tags: ["t"] })
      await direct.set({ key: "k", data: { round } })
      expect(await provider.get({ key })).toBe(round)
      expect(await provider.get({ key: "k" })).toEqual({ round })
      await provider.clear({ tags: ["t"] })
      expect(await provider.get({ key })).toBeNull()
      expect(nearStats(provider)).toMatchObject({ isListening: false, hits: 0 })
      if (logger.complaints.length > 0) {
        left--
      }
      await pause(20)
    }
    expect(logger.complaints).toEqual([
      expect.stringMatching(
        /^\[caching-postgres\] the near cache is off, .* pooler .* nearCache\.clientUrl$/
      ),
    ])
    await provider.close()
  })

  it("Through a pooler in transaction mode the near cache works by a URL of its own that leads to the server.", async () => {
    const provider = pooled({ clientUrl: cache.url, ttl: LONG_TTL })
    await provider.set({ key: "k", data: "old", tags: ["t"] })
    await untilListening(provider, direct)
    await untilNear(provider, "k")
    await direct.clear({ tags: ["t"] })
    expect(await untilChanged(provider, "k", "old")).toBeNull()

    await provider.set({ key: "k2", data: "old", tags: ["t"] })
    await untilNear(direct, "k2")
    await provider.clear({ tags: ["t"] })
    expect(await provider.get({ key: "k2" })).toBeNull()
    expect(await untilChanged(direct, "k2", "old")).toBeNull()
    expect(logger.complaints).toEqual([])
    await provider.close()
  })

  it("The near cache is off where its own URL leads to another database.", async () => {
    const other = await TestCache.create()
    const provider = cache.provider(
      { nearCache: { clientUrl: other.url }, timeouts: LONG_TIMEOUTS },
      logger
    )
    await provider.set({ key: "k", data: "v" })
    await waitFor("the complaint", async () => {
      expect(await provider.get({ key: "k" })).toBe("v")
      return logger.complaints[0]
    })
    expect(nearStats(provider)).toMatchObject({ isListening: false, hits: 0 })
    await provider.close()
    await other.close()
  })
})
