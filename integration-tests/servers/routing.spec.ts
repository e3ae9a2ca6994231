import type { Engine } from "../../src/engine"
import type { PostgresCachingProvider } from "../../src/services"
import type { Router } from "../../src/servers"
import { nearProvider } from "../support/near-cache/near"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { inRequest } from "../support/request"
import { waitFor } from "../support/wait"

const KEYS = Array.from({ length: 60 }, (_, index) => `key-${index}`)

describe("keys on three servers", () => {
  const cache = testCache(3)
  let provider: PostgresCachingProvider

  beforeAll(() => {
    provider = cache.provider({ timeouts: LONG_TIMEOUTS })
  })
  beforeEach(() => cache.empty())

  const fill = (by = provider) =>
    Promise.all(KEYS.map((key) => by.set({ key, data: key, tags: ["t"] })))

  it("Each server holds some of the keys, and each key is on one server.", async () => {
    await fill()
    const counts = await cache.sql<{ entries: string }>(
      "select count(*) as entries from caching_postgres_entry"
    )
    const entries = counts.map((count) => Number(count.entries))
    expect(entries.reduce((sum, one) => sum + one)).toBe(KEYS.length)
    expect(Math.min(...entries)).toBeGreaterThan(5)
  })

  it("Another process finds every key, and what it clears by tag is gone on all servers.", async () => {
    await fill()
    const other = cache.provider({ timeouts: LONG_TIMEOUTS })
    expect(await Promise.all(KEYS.map((key) => other.get({ key })))).toEqual(
      KEYS
    )
    await other.clear({ tags: ["t"] })
    expect(
      (await Promise.all(KEYS.map((key) => provider.get({ key })))).filter(
        (value) => value !== null
      )
    ).toEqual([])
  })

  it("A database decides about a key as a process does.", async () => {
    await fill()
    const router = provider["engine"] as Router
    const engines: readonly Engine[] = router["engines"]
    for (const { parts } of engines) {
      const names = "a,b,c"
      await parts.pool.maintain(parts.statements.removeMoved, [
        "medusa",
        "-1",
        1_000,
        parts.options.server!,
        names,
        names,
        null,
      ])
    }
    expect((await cache.rows()).entries).toBe(KEYS.length)
  })

  it("A stale fill is rejected, whichever server holds the key.", async () => {
    for (const key of KEYS.slice(0, 12)) {
      await inRequest(async () => {
        expect(await provider.get({ key })).toBeNull()
        await inRequest(() => provider.clear({ tags: ["t"] }))
        await provider.set({ key, data: "old", tags: ["t"] })
      })
      expect(await provider.get({ key })).toBeNull()
    }
  })

  it("With leases one caller of two processes loads a value, and the others wait for it.", async () => {
    const [one, other] = [
      cache.provider({ timeouts: LONG_TIMEOUTS, lease: true }),
      cache.provider({ timeouts: LONG_TIMEOUTS, lease: true }),
    ]
    await Promise.all([one, other].map((each) => each.get({ key: "warm" })))
    let loads = 0
    const visit = (by: PostgresCachingProvider, key: string) =>
      inRequest(async () => {
        if ((await by.get({ key })) === null) {
          loads++
          await by.set({ key, data: 1 })
        }
      })
    for (const key of KEYS.slice(0, 6)) {
      await Promise.all([visit(one, key), visit(one, key), visit(other, key)])
    }
    expect(loads).toBeGreaterThanOrEqual(6)
    // Of 18 visits. On a slow machine a lease may end before its load.
    expect(loads).toBeLessThanOrEqual(9)
  })

  it("The limit of entries is of all servers together.", async () => {
    const limited = cache.provider({ timeouts: LONG_TIMEOUTS, maxEntries: 30 })
    // Sets of the other one may be checked against what it has missed in the tests before.
    await fill(cache.provider({ timeouts: LONG_TIMEOUTS }))
    expect((await cache.rows()).entries).toBe(KEYS.length)
    await limited.sweep()
    const { entries } = await cache.rows()
    expect(entries).toBeGreaterThanOrEqual(24)
    expect(entries).toBeLessThanOrEqual(36)
  })

  it("The stats are those of all servers together and of each by itself.", async () => {
    const counting = cache.provider({ timeouts: LONG_TIMEOUTS })
    await fill(counting)
    await Promise.all(KEYS.map((key) => counting.get({ key })))
    const stats = await counting.stats()
    expect(stats).toMatchObject({
      namespace: "medusa",
      entries: KEYS.length,
      hits: KEYS.length,
      hitRate: 1,
      topTags: [{ tag: "t", entries: KEYS.length }],
    })
    expect(stats.servers!.map(({ name }) => name)).toEqual(["a", "b", "c"])
    const sum = stats.servers!.reduce((all, one) => all + one.stats!.entries, 0)
    expect(sum).toBe(KEYS.length)
  })

  it("The near cache answers for every server, and hears of the clears of another process.", async () => {
    const [one, other] = [nearProvider(cache), nearProvider(cache)]
    const hits = async () => (await one.stats()).nearCache!.hits
    const before = await hits()
    const begun = performance.now()
    while ((await hits()) < before + 30 && performance.now() - begun < 20_000) {
      await Promise.all(
        KEYS.map((key) => one.set({ key, data: key, tags: ["t"] }))
      )
      await Promise.all(KEYS.map((key) => one.get({ key })))
      await Promise.all(KEYS.map((key) => one.get({ key })))
    }
    expect(await hits()).toBeGreaterThanOrEqual(before + 30)
    await other.clear({ tags: ["t"] })
    await waitFor("the copies to be dropped", async () => {
      const values = await Promise.all(KEYS.map((key) => one.get({ key })))
      return values.every((value) => value === null) || undefined
    })
  })

  it("Wrong arguments are refused as with one server.", async () => {
    const logger = new TestLogger()
    const strict = cache.provider({ timeouts: LONG_TIMEOUTS }, logger)
    const wrong = { key: 5 } as never
    await expect(strict.get(wrong)).rejects.toThrow(/"key" must be a string/)
    await expect(strict.set(wrong)).rejects.toThrow(/"key" must be a string/)
    await expect(strict.clear(wrong)).rejects.toThrow(/"key" must be a string/)
    await expect(
      strict.set({ key: "k", data: 1, ttl: "soon" })
    ).rejects.toThrow(/"ttl" of key 'k'/)
    expect(logger.complaints.length).toBeGreaterThan(0)
  })
})
