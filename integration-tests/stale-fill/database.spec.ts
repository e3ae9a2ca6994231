import type { PostgresCachingProvider } from "../../src/services"
import { Fill } from "../support/provider/fill"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { TestCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"

describe("a database with stale fills", () => {
  let cache: TestCache

  beforeEach(async () => {
    cache = await TestCache.create()
  })
  afterEach(() => cache.close())

  describe.each(["repeatable read", "serializable"])(
    "the default isolation level %s",
    (isolation) => {
      const logger = new TestLogger()
      let a: PostgresCachingProvider
      let b: PostgresCachingProvider

      beforeEach(async () => {
        const name = new URL(cache.url).pathname.slice(1)
        await cache.sql(
          `alter database "${name}" set default_transaction_isolation = '${isolation}'`
        )
        a = cache.provider({ timeouts: LONG_TIMEOUTS }, logger)
        b = cache.provider({ timeouts: LONG_TIMEOUTS }, logger)
      })

      it("A stale fill is rejected whatever the database's default isolation level is.", async () => {
        const fill = await Fill.begin(a, "k")
        await b.clear({ tags: ["t"] })
        await fill.end({ data: "old", tags: ["t"] })
        expect(await b.get({ key: "k" })).toBeNull()
      })

      it("A set that follows its miss without a clear is stored whatever the database's default isolation level is.", async () => {
        const fill = await Fill.begin(a, "k")
        await fill.end({ data: "new", tags: ["t"] })
        expect(await b.get({ key: "k" })).toBe("new")
      })
    }
  )

  it("The sweep removes invalidation records older than three minutes, but for the newest of these.", async () => {
    const provider = cache.provider()
    for (const tag of ["1", "2", "3", "4", "5"]) {
      await provider.clear({ tags: [tag] })
    }
    const records = async () =>
      (
        await cache.sql<{ version: string }>(
          "select version from caching_postgres_invalidation order by version"
        )
      ).map(({ version }) => version)
    const all = await records()
    // The migration makes the first.
    expect(all).toHaveLength(6)
    const age = (at: string, seconds: number) =>
      cache.sql(
        "update caching_postgres_invalidation set created_at = clock_timestamp() - $2 * interval '1 second' where version = $1",
        [at, seconds]
      )

    await age(all[0]!, 600)
    await age(all[1]!, 240)
    await age(all[2]!, 185)
    await age(all[3]!, 170)
    expect(await provider.sweep()).toMatchObject({ elected: true })
    expect(await records()).toEqual(all.slice(2))

    await Promise.all(all.slice(2).map((at) => age(at, 600)))
    await provider.sweep()
    expect(await records()).toEqual(all.slice(5))
    await provider.sweep()
    expect(await records()).toEqual(all.slice(5))
  })

  it("A stale fill is told from others when the records before its miss were swept.", async () => {
    const provider = cache.provider()
    await provider.clear({ tags: ["x"] })
    const [fill, late] = await Promise.all(
      ["k", "late"].map((key) => Fill.begin(provider, key))
    )
    await provider.clear({ key: "late" })
    await cache.sql(
      `update caching_postgres_invalidation set created_at = created_at - interval '4 minutes'
       where version < (select max(version) from caching_postgres_invalidation)`
    )
    await provider.sweep()
    await fill!.end({ data: "new" })
    await late!.end({ data: "old" })
    expect(await provider.get({ key: "k" })).toBe("new")
    expect(await provider.get({ key: "late" })).toBeNull()
  })

  it("A set is rejected when its miss read a version that the server has lost, as after a failover.", async () => {
    const provider = cache.provider()
    await provider.clear({ tags: ["x"] })
    const fill = await Fill.begin(provider, "k")
    await cache.sql(
      "delete from caching_postgres_invalidation where version = (select max(version) from caching_postgres_invalidation)"
    )
    await fill.end({ data: "old" })
    expect(await provider.get({ key: "k" })).toBeNull()
  })

  it("A set is rejected when the server was started anew since its miss, and something was cleared.", async () => {
    const provider = cache.provider()
    await provider.clear({ tags: ["x"] })
    const fill = await Fill.begin(provider, "k")
    // As after a failover: the records are there, the numbers of transactions begin again below the miss's.
    await cache.sql(
      "update caching_postgres_invalidation set epoch = epoch - 1048576 * 1000::bigint, version = version - 1000000"
    )
    await provider.clear({ tags: ["y"] })
    await fill.end({ data: "old" })
    expect(await provider.get({ key: "k" })).toBeNull()
  })
})
