import { setTimeout as sleep } from "node:timers/promises"
import type { CachingPostgresOptions } from "../../src"
import { Leases } from "../../src/leases/leases"
import type { PostgresCachingProvider } from "../../src/services"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { Source, visit } from "../support/leases/visitor"
import { inRequest } from "../support/request"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { TestCache, testProvider } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"

/** Longer than any wait that a test means to end earlier. */
const LONG = { waitMillis: 20_000 }
const BRIEF = { waitMillis: 100 }

describe("leases", () => {
  let cache: TestCache
  const provider = (options: CachingPostgresOptions = {}) =>
    cache.provider({ timeouts: LONG_TIMEOUTS, lease: LONG, ...options })
  /** As many processes as providers: each has leases of its own. */
  const visitAll = (
    providers: PostgresCachingProvider[],
    source: Source,
    times = 10
  ) =>
    Promise.all(
      Array.from({ length: times }, async (_, turn) => {
        await sleep(turn * 3)
        return visit(providers[turn % providers.length]!, source)
      })
    )

  beforeEach(async () => {
    cache = await TestCache.create()
  })
  afterEach(() => cache.close())

  describe.each([true, false])(
    "with acrossProcesses: %s",
    (acrossProcesses) => {
      const inOne = (lease = LONG) =>
        provider({ lease: { ...lease, acrossProcesses } })

      it("Of many callers of one process that miss a key, one loads its value, and all get it.", async () => {
        const source = new Source("new")
        const values = await visitAll([inOne()], source)
        expect(new Set(values)).toEqual(new Set(["new"]))
        expect(source.loads).toBe(1)
      })

      it("Gets of a missing key that share a statement make one of them load.", async () => {
        const one = inOne()
        const source = new Source("new")
        const others = Array.from({ length: 20 }, (_, n) =>
          visit(one, new Source(`other ${n}`), { key: `other ${n}` })
        )
        const values = await Promise.all(
          Array.from({ length: 20 }, () => visit(one, source))
        )
        expect(new Set(values)).toEqual(new Set(["new"]))
        expect(source.loads).toBe(1)
        expect(await Promise.all(others)).toEqual(
          others.map((_, n) => `other ${n}`)
        )
      })

      it("A key that is asked for and never set makes one caller wait, and only once.", async () => {
        const one = inOne(BRIEF)
        expect(await one.get({ key: "k" })).toBeNull()
        // The second waits for the set of the first; the others would wait for the second's.
        const waits = [1, 2, 3, 4].map(() => one.get({ key: "k" }))
        expect(await Promise.all(waits)).toEqual([null, null, null, null])
        const wait = jest.spyOn(Leases.prototype, "wait")
        const others = Array.from({ length: 5 }, () => one.get({ key: "k" }))
        expect(await Promise.all(others)).toEqual(others.map(() => null))
        expect(wait).not.toHaveBeenCalled()
        wait.mockRestore()
      })

      it("Callers wait for a load again once the key was set, after nobody waited.", async () => {
        const one = inOne({ waitMillis: 1_000 })
        await inRequest(() => one.get({ key: "k" }))
        await inRequest(async () => {
          await one.get({ key: "k" })
          await one.set({ key: "k", data: "found", tags: ["t"] })
        })
        // A set that follows within 100 ms is checked against the misses before, too.
        await sleep(150)
        await one.clear({ tags: ["t"] })
        const source = new Source("new", 30)
        await visitAll([one], source)
        // The first get was never followed by a set, so the first set after the clear may be rejected.
        expect(source.loads).toBeLessThanOrEqual(2)
      })

      it("When a value is too large to be cached, all who wait for it load at once.", async () => {
        const one = provider({
          lease: { ...LONG, acrossProcesses },
          maxEntryBytes: 10,
        })
        const source = new Source("longer than ten bytes")
        const values = await visitAll([one], source)
        expect(new Set(values)).toEqual(new Set([source.value]))
        expect(source.loads).toBe(10)
      })

      it("When a load is rejected as stale, one of those who wait loads again, and all get the new value.", async () => {
        const one = inOne()
        const source = new Source("old", 200)
        const first = visit(one, source)
        await source.isRead
        source.value = "new"
        await one.clear({ tags: ["t"] })
        const others = await visitAll([one], source)
        expect(new Set(others)).toEqual(new Set(["new"]))
        expect(await first).toBe("old")
        expect(source.loads).toBe(2)
      })

      it("Of many callers, only few load a value that takes much longer than the loads before.", async () => {
        const one = inOne()
        await visit(one, new Source("old", 10))
        await one.clear({ tags: ["t"] })
        const source = new Source("new", 1_000)
        const values = await visitAll([one], source)
        expect(new Set(values)).toEqual(new Set(["new"]))
        // After 250 ms and after 500 ms more another caller takes over.
        expect(source.loads).toBeLessThanOrEqual(3)
      })

      it("A wait that is longer than a get may take is no time-out, and leaves the cache on.", async () => {
        const logger = new TestLogger()
        const lease = { ...LONG, acrossProcesses }
        const timeouts = { ...LONG_TIMEOUTS, getMillis: 1_000 }
        const one = cache.provider({ timeouts, lease }, logger)
        const source = new Source("new", 3_000)
        const values = await visitAll([one], source)
        expect(new Set(values)).toEqual(new Set(["new"]))
        expect(source.loads).toBe(1)
        expect(logger.complaints).toEqual([])
        expect(one.status().state).toBe("on")
      })

      it("A get that waits when the database goes away is answered at once.", async () => {
        const proxy = await TcpProxy.to(cache.url)
        const lease = { waitMillis: 60_000, acrossProcesses }
        const options = { timeouts: LONG_TIMEOUTS, lease }
        const one = testProvider(
          proxy.url(cache.url),
          options,
          new TestLogger()
        )
        await one.get({ key: "k" })
        const waiting = one.get({ key: "k" })
        await proxy.close()
        expect(await one.get({ key: "other" })).toBeNull()
        expect(await waiting).toBeNull()
        await one.close()
      })

      it("A get that waits when the provider is closed is answered.", async () => {
        const one = inOne()
        await one.get({ key: "k" })
        const waiting = one.get({ key: "k" })
        await one.close()
        expect(await waiting).toBeNull()
      })
    }
  )

  it("Of callers in several processes, one loads the value, and all get it.", async () => {
    const source = new Source("new")
    const values = await visitAll(
      [provider(), provider(), provider()],
      source,
      30
    )
    expect(new Set(values)).toEqual(new Set(["new"]))
    expect(source.loads).toBe(1)
  })

  it("Of callers in several processes, only few load a value that takes much longer than the loads before.", async () => {
    const providers = [provider(), provider(), provider()]
    for (const [n, one] of providers.entries()) {
      await visit(one, new Source("quick", 10), { key: `another ${n}` })
    }
    const source = new Source("new", 1_000)
    const values = await visitAll(providers, source, 30)
    expect(new Set(values)).toEqual(new Set(["new"]))
    expect(source.loads).toBeLessThanOrEqual(3)
  })

  it("Without acrossProcesses, one caller of each process loads the value.", async () => {
    const lease = { ...LONG, acrossProcesses: false }
    const source = new Source("new")
    await visitAll([provider({ lease }), provider({ lease })], source)
    expect(source.loads).toBe(2)
  })

  it("A process that died while it loaded holds up others for no longer than its lease.", async () => {
    const [dying, other] = [
      provider({ lease: { waitMillis: 500 } }),
      provider(),
    ]
    expect(await dying.get({ key: "k" })).toBeNull()
    await dying.close()
    const source = new Source("new")
    const values = await visitAll([other], source)
    expect(new Set(values)).toEqual(new Set(["new"]))
    expect(source.loads).toBe(1)
  })

  it("A set ends the lease of its key for all processes, also a set that follows no miss.", async () => {
    const [one, other] = [provider(), provider()]
    await one.get({ key: "k" })
    await other.set({ key: "k", data: "from a job", tags: ["t"] })
    expect(await cache.sql("select from caching_postgres_lease")).toEqual([])
    await Promise.all([1, 2].map((n) => one.get({ key: `several ${n}` })))
    await Promise.all(
      [1, 2].map((n) =>
        other.set({
          key: `several ${n}`,
          data: n,
          options: { autoInvalidate: false },
        })
      )
    )
    expect(await cache.sql("select from caching_postgres_lease")).toEqual([])
  })

  it("The sweep removes leases that ended without a set.", async () => {
    const one = provider()
    await one.get({ key: "k" })
    await cache.sql("update caching_postgres_lease set expires_at = now()")
    await one.get({ key: "kept" })
    await one.sweep()
    expect(await cache.sql("select from caching_postgres_lease")).toHaveLength(
      1
    )
  })

  it("Two processes that miss the same keys in different orders do not deadlock.", async () => {
    const keys = Array.from({ length: 40 }, (_, n) => `k${n}`)
    const brief = { lease: BRIEF }
    const [one, other] = [provider(brief), provider(brief)]
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all([
        ...keys.map((key) => one.get({ key })),
        ...keys.toReversed().map((key) => other.get({ key })),
      ])
      expect(new Set(answers)).toEqual(new Set([null]))
      await cache.sql("delete from caching_postgres_lease")
    }
    expect(
      await cache.sql(
        "select from pg_stat_database where datname = current_database() and deadlocks > 0"
      )
    ).toEqual([])
  })
})
