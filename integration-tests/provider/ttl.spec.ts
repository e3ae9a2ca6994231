import type { PostgresCachingProvider } from "../../src/services"
import { testCache } from "../support/provider/test-cache"

describe("time to live", () => {
  const cache = testCache()
  let provider: PostgresCachingProvider

  beforeAll(() => {
    provider = cache.provider({ ttl: 90 })
  })
  beforeEach(() => cache.empty())

  /** What the database holds: seconds from the entry's creation to its end. */
  async function storedSeconds(): Promise<number> {
    const [row] = await cache.sql<{ ttl: number }>(
      `select case when expires_at = 'infinity' then 'infinity'::float8
         else extract(epoch from expires_at - created_at)::float8 end as ttl
       from caching_postgres_entry`
    )
    return row!.ttl
  }

  it.each([
    [undefined, 90],
    [null, 90],
    [5, 5],
    [0.25, 0.25],
    ["12.5", 12.5],
    [0, Infinity],
    ["0", Infinity],
    [Infinity, Infinity],
    ["Infinity", Infinity],
    [3e9, 3e9],
    [1e300, Infinity],
    [Number.MAX_VALUE, Infinity],
  ])("An entry set with ttl %p lives %p seconds.", async (ttl, seconds) => {
    await provider.set({ key: "k", data: 1, ttl: ttl })
    expect(await storedSeconds()).toBeCloseTo(seconds, 3)
    expect(await provider.get({ key: "k" })).toBe(1)
  })

  it.each([-1, -0.001, "-5", -Infinity])(
    "A set with ttl %p leaves no entry.",
    async (ttl) => {
      // A key of its own: a later set would be checked against the miss.
      const key = `gone ${ttl}`
      await provider.set({ key, data: { old: true }, tags: ["t"] })
      await provider.set({ key, data: { new: true }, ttl: ttl })
      expect(await provider.get({ key })).toBeNull()
      expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
    }
  )

  it.each([NaN, "soon", "", " ", true, {}, [], [5], new Date(), 5n])(
    "A set with ttl %p is refused, and nothing changes.",
    async (ttl) => {
      await provider.set({ key: "k", data: { old: true }, tags: ["t"] })
      await expect(
        provider.set({ key: "k", data: { new: true }, ttl: ttl as never })
      ).rejects.toThrow(/"ttl" of key 'k' must be a number of seconds/)
      expect(await provider.get({ key: "k" })).toEqual({ old: true })
    }
  )

  it("An expired entry is hidden from every read, swept or not.", async () => {
    await provider.set({ key: "k", data: 1, tags: ["t"], ttl: 0.02 })
    await cache.sql("select pg_sleep(0.03)")
    expect(await provider.get({ key: "k" })).toBeNull()
    expect(await provider.get({ tags: ["t"] })).toEqual([])
    expect((await cache.rows()).entries).toBe(1)
  })

  it("An entry that never expires is kept by the sweep.", async () => {
    await provider.set({ key: "k", data: 1, ttl: 0 })
    await provider.sweep()
    expect(await provider.get({ key: "k" })).toBe(1)
  })
})
