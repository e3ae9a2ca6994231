import { testCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

describe("stats", () => {
  const cache = testCache()

  beforeEach(() => cache.empty())

  it("The top products are the tags that name one product, and no list of products.", async () => {
    const provider = cache.provider()
    const list = "Product:list:*"
    await provider.set({ key: "a", data: 1, tags: ["Product:p1", list] })
    await provider.set({
      key: "b",
      data: 1,
      tags: ["Product:p2", "Product:p1", list, "ProductVariant:v1", "x"],
    })

    expect((await provider.stats()).topProducts).toEqual([
      { tag: "Product:p1", entries: 2 },
      { tag: "Product:p2", entries: 1 },
    ])
  })

  it("The stats say what the namespace holds.", async () => {
    const provider = cache.provider()
    const begun = Date.now()
    await provider.set({ key: "a", data: { a: 1 }, tags: ["both", "one"] })
    await provider.set({ key: "b", data: { b: 1 }, tags: ["both"] })
    await cache
      .provider({ namespace: "other" })
      .set({ key: "c", data: {}, tags: ["both"] })

    const stats = await provider.stats()
    expect(stats).toMatchObject({
      namespace: "medusa",
      countedPercent: 100,
      sampledPercent: 100,
      entries: 2,
      topTags: [
        { tag: "both", entries: 2 },
        { tag: "one", entries: 1 },
      ],
    })
    expect(stats.bytes).toBeGreaterThan(500)
    expect(stats.oldestEntry!.getTime()).toBeGreaterThan(begun - 60_000)
    expect(stats.tables.map(({ name }) => name)).toEqual([
      "caching_postgres_entry",
      "caching_postgres_entry_option",
      "caching_postgres_entry_tag",
    ])
    expect(stats.tables[0]!.bytes).toBeGreaterThan(8_000)
  })

  it("The stats say what an empty namespace holds.", async () => {
    await cache.sql("truncate caching_postgres_sweep")
    const stats = await cache.provider({ namespace: "empty" }).stats()
    expect(stats).toMatchObject({
      entries: 0,
      bytes: 0,
      oldestEntry: null,
      topTags: [],
      topProducts: [],
      hitRate: null,
      lastSweep: null,
    })
  })

  it("The stats find the few entries that a large clear left in a table that is not vacuumed yet.", async () => {
    const settings = "autovacuum_enabled"
    await cache.sql(
      `alter table caching_postgres_entry set (${settings} = false)`
    )
    await cache.sql(`
      insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
      select -n, 'medusa', md5(n::text)::uuid, n, '["t"]', repeat('x', 500), 'infinity'
      from generate_series(1, 60000) n`)
    const provider = cache.provider()
    await provider.clear({ tags: ["*"] })
    await provider.idle()
    await provider.set({ key: "a", data: {}, tags: ["t"] })
    await provider.set({ key: "b", data: {}, tags: ["t"] })
    expect(await provider.stats()).toMatchObject({
      countedPercent: 100,
      sampledPercent: 100,
      entries: 2,
      topTags: [{ tag: "t", entries: 2 }],
      topProducts: [],
    })
    await cache.sql(`alter table caching_postgres_entry reset (${settings})`)
  })

  it("The stats count thousands of entries exactly, and estimate their bytes and tags from a part.", async () => {
    await cache.sql(`
      insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
      select -n, case n % 4 when 0 then 'other' else 'medusa' end, md5(n::text)::uuid, n, '["a","b"]',
        repeat('x', 500), 'infinity'
      from generate_series(1, 12000) n`)
    const provider = cache.provider()
    // Counting ends early on a machine that stands still for a moment.
    const { sampledPercent, entries, bytes, topTags } = await waitFor(
      "stats that count all entries",
      async () => {
        const stats = await provider.stats()
        return stats.countedPercent === 100 ? stats : undefined
      }
    )
    expect(entries).toBe(9_000)
    expect(sampledPercent).toBeLessThan(100)
    expect(bytes / entries).toBeGreaterThan(500)
    expect(topTags).toEqual([
      { tag: "a", entries: 9_000 },
      { tag: "b", entries: 9_000 },
    ])
  })

  it("The stats count hits and misses since the process started.", async () => {
    const provider = cache.provider()
    await provider.set({ key: "k", data: {}, tags: ["t"] })
    await provider.get({ key: "k" })
    await provider.get({ tags: ["t"] })
    await provider.get({ key: "unknown" })
    await provider.get({ tags: ["unknown"] })
    await provider.get({})
    expect(await provider.stats()).toMatchObject({
      hits: 2,
      misses: 2,
      hitRate: 0.5,
    })
  })

  it("The stats name tags that PostgreSQL's text could not hold.", async () => {
    const provider = cache.provider()
    await provider.set({ key: "k", data: {}, tags: ["nul\0", "lone \ud800"] })
    const { topTags } = await provider.stats()
    expect(topTags.map(({ tag }) => tag).sort()).toEqual([
      "lone \ud800",
      "nul\0",
    ])
  })

  it("The stats show dead rows once PostgreSQL's statistics know them.", async () => {
    const provider = cache.provider()
    await cache.sql(
      "alter table caching_postgres_entry set (autovacuum_enabled = false)"
    )
    const dead = await waitFor("statistics with dead rows", async () => {
      // Again and again: PostgreSQL 14 reports a connection's changes at its next statement.
      for (let n = 0; n < 10; n++) {
        await provider.set({ key: "k", data: { n } })
      }
      return (await provider.stats()).tables[0]!.deadShare || undefined
    })
    // How many there are beside depends on what autovacuum has done to the rows of the tests before.
    expect(dead).toBeLessThanOrEqual(1)
  })
})
