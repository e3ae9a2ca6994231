import { excessOf, type Measurement, sizeOf } from "../../src/sweep/evictor"
import { tablesIn } from "../../src/sql"
import { measure } from "../../src/sql/measure"
import { type TestCache, testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { Random } from "../support/random"

/** Incompressible, so that bytes stored are bytes given. */
const noise = (bytes: number, seed: number) => {
  const random = new Random(seed)
  return Array.from({ length: bytes }, () =>
    String.fromCharCode(33 + random.below(90))
  )
    .join("")
    .replaceAll(/["\\]/g, "_")
}

describe("the size of the cache", () => {
  const cache = testCache()

  beforeEach(() => cache.empty())

  type Provider = ReturnType<TestCache["provider"]>

  const fill = async (provider: Provider, from: number, to: number) => {
    for (let n = from; n < to; n++) {
      await provider.set({
        key: `k${n}`,
        data: { n, text: noise(1_000, n) },
        tags: ["all", `t${n}`],
        options: n % 2 ? { autoInvalidate: false } : undefined,
      })
    }
  }

  it("The size of the cache has no limit by default.", async () => {
    const provider = cache.provider()
    await fill(provider, 0, 100)
    await provider.sweep()
    expect((await cache.rows()).entries).toBe(100)
  })

  it("The sweep evicts what was set longest ago beyond maxEntries, with all its rows.", async () => {
    const unlimited = cache.provider()
    await fill(unlimited, 0, 100)
    await unlimited.set({ key: "k0", data: { fresh: true }, tags: ["all"] })

    const limited = cache.provider({ maxEntries: 30 })
    expect(await limited.sweep()).toMatchObject({ evicted: 70 })
    expect(await cache.rows()).toEqual({ entries: 30, tags: 59, options: 15 })
    expect(await limited.get({ key: "k0" })).toEqual({ fresh: true })
    expect(await limited.get({ key: "k70" })).toBeNull()
    expect(await limited.get({ key: "k71" })).toMatchObject({ n: 71 })
  })

  it("Eviction removes what was set first, whichever process set it.", async () => {
    const processes = [1, 2, 3].map(() => cache.provider())
    const keys = Array.from({ length: 60 }, (_, n) => `turn ${n}`)
    for (const [n, key] of keys.entries()) {
      await processes[n % 3]!.set({ key, data: n })
    }
    await cache.provider({ maxEntries: 10 }).sweep()
    const left = await Promise.all(
      keys.map((key) => processes[0]!.get({ key }))
    )
    expect(left.filter((value) => value !== null)).toEqual([
      50, 51, 52, 53, 54, 55, 56, 57, 58, 59,
    ])
  })

  it("The sweep evicts what is beyond maxBytes.", async () => {
    const provider = cache.provider()
    await fill(provider, 0, 1_500)
    const before = (await provider.stats()).bytes
    expect(before).toBeGreaterThan(1_500 * 1_000)

    const limited = cache.provider({ maxBytes: 1024 * 1024 })
    await limited.sweep()
    const { bytes, entries } = await limited.stats()
    expect(bytes).toBeLessThanOrEqual(1024 * 1024)
    // Not more than needed.
    expect(bytes + 2 * (before / 1_500)).toBeGreaterThan(1024 * 1024)
    expect((await cache.rows()).entries).toBe(entries)
  })

  it("Size limits apply to their own namespace only.", async () => {
    const other = cache.provider({ namespace: "other" })
    await fill(other, 0, 50)
    const limited = cache.provider({ maxEntries: 10 })
    await fill(limited, 0, 20)
    await limited.sweep()
    expect((await other.stats()).entries).toBe(50)
    expect((await limited.stats()).entries).toBe(10)
  })

  it("The cache stays near its limit while several processes write, without waiting for the schedule.", async () => {
    const writers = [1, 2].map(() => cache.provider({ maxEntries: 400 }))
    let most = 0
    let n = 0
    const write = async (writer: Provider) => {
      for (let count = 0; count < 3_000; count++) {
        const key = `k${n++}`
        await writer.set({ key, data: { key }, tags: ["all", key] })
      }
    }
    let writing = true
    const watch = async () => {
      while (writing) {
        const [row] = await cache.sql<{ count: string }>(
          "select count(*) from caching_postgres_entry"
        )
        most = Math.max(most, Number(row!.count))
      }
    }
    const watching = watch()
    await Promise.all(
      writers.flatMap((writer) => [write(writer), write(writer)])
    )
    writing = false
    await watching
    await writers[0]!.sweep()

    expect(n).toBe(12_000)
    expect(most).toBeLessThan(800)
    expect((await cache.rows()).entries).toBeLessThanOrEqual(440)
  }, 60_000)

  /** Entries whose keys are digests, as those of the provider are. */
  const insert = (namespace: string, count: number, bytes: number) =>
    cache.sql(
      `insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
       select -n - (case $1 when 'other' then 1000000 else 0 end), $1, md5($1 || n)::uuid, n, '["a","b"]', repeat('x', $3), 'infinity'
       from generate_series(1, $2::int) n`,
      [namespace, count, bytes]
    )

  it("No sweep evicts from a namespace within its limits, however large the others in the table are.", async () => {
    await insert("other", 60_000, 500)
    const provider = cache.provider({
      maxEntries: 100,
      maxBytes: 2 * 1024 * 1024,
    })
    await fill(provider, 0, 40)
    for (let sweep = 0; sweep < 20; sweep++) {
      expect(await provider.sweep()).toMatchObject({ evicted: 0 })
    }
    expect((await provider.stats()).entries).toBe(40)
  })

  describe("a measurement of a random part", () => {
    const COUNT = 60_000

    /** Ends once a thousand entries are counted: the clock stands still until then, and is over after. */
    const measured = async (): Promise<Measurement> => {
      const steps = measure(tablesIn("public"), {
        millis: 1,
        sampled: 1_000,
      }).replaceAll(
        "pg_catalog.clock_timestamp()",
        "case when w.entries < 1000 then statement_timestamp() else 'infinity' end"
      )
      const [row] = await cache.sql<Record<keyof Measurement, string>>(
        `with recursive ${steps.replaceAll("$1", "'part'")}
         select (select entries from counted) as counted, (select share from counted) as share, count(*) as sampled,
           avg(bytes) as "meanBytes", stddev_pop(bytes) as deviation
         from sampled`
      )
      return {
        counted: Number(row!.counted),
        share: Number(row!.share),
        sampled: Number(row!.sampled),
        meanBytes: Number(row!.meanBytes),
        deviation: Number(row!.deviation),
      }
    }

    it("A measurement of a random part is near the truth, and evicts nothing that is within the limits.", async () => {
      await insert("part", COUNT, 100)
      await insert("other", COUNT, 100)
      await cache.sql(
        "update caching_postgres_entry set data = repeat('x', (random() * 400)::int)"
      )
      // Most of the table's pages are empty now, as after a large clear.
      await cache.sql(
        "delete from caching_postgres_entry where namespace = 'other'"
      )
      const [truth] = await cache.sql<{ bytes: string }>(
        "select sum(pg_column_size(data) + pg_column_size(key) + pg_column_size(tags) + 460) as bytes from caching_postgres_entry"
      )
      const bytes = Number(truth!.bytes)
      for (let round = 0; round < 50; round++) {
        const part = await measured()
        expect(part.share).toBeLessThan(0.1)
        expect(part.sampled).toBeLessThanOrEqual(1_000)
        const size = sizeOf(part)
        expect(size.entries / COUNT).toBeGreaterThan(0.85)
        expect(size.entries / COUNT).toBeLessThan(1.15)
        expect(size.bytes / bytes).toBeGreaterThan(0.8)
        expect(size.bytes / bytes).toBeLessThan(1.2)
        const maxBytes = Infinity
        const maxEntries = COUNT * 1.03
        expect(excessOf(part, { maxEntries, maxBytes })).toBe(0)
        expect(
          excessOf(part, { maxEntries: COUNT / 2, maxBytes })
        ).toBeGreaterThan(COUNT / 3)
      }
    })
  })

  describe("the size of a value", () => {
    const big = { text: "é".repeat(600) }

    it("A value that is too large is refused with a warning that names key and size, and removes the entry that it was to replace.", async () => {
      const logger = new TestLogger()
      const provider = cache.provider({ maxEntryBytes: 1_000 }, logger)
      await provider.set({ key: "k", data: { old: true }, tags: ["t"] })
      await provider.set({ key: "k", data: big, tags: ["t"] })

      expect(await provider.get({ key: "k" })).toBeNull()
      expect(await provider.get({ tags: ["t"] })).toEqual([])
      expect(logger.complaints).toEqual([
        `[caching-postgres] a value is too large to be cached: key 'k' has 1211 bytes, option "maxEntryBytes" allows 1000`,
      ])
    })

    it("A value may reach the limit of its size.", async () => {
      const provider = cache.provider({ maxEntryBytes: 1_211 })
      await provider.set({ key: "k", data: big })
      expect(await provider.get({ key: "k" })).toEqual(big)
    })

    it("The limit of a value's size is 8 MB by default.", async () => {
      const logger = new TestLogger()
      const provider = cache.provider({}, logger)
      await provider.set({ key: "fits", data: { x: "x".repeat(8_388_600) } })
      await provider.set({ key: "not", data: { x: "x".repeat(8_388_601) } })
      expect((await provider.get({ key: "fits" })) !== null).toBe(true)
      expect(await provider.get({ key: "not" })).toBeNull()
      expect(logger.complaints).toHaveLength(1)
    })
  })
})
