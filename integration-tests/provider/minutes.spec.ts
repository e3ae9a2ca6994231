import { hostname } from "node:os"
import { Log } from "../../src/log"
import { CircuitBreaker } from "../../src/faults"
import { MinuteReports } from "../../src/minute-reports"
import { statementsFor } from "../../src/sql"
import { Metrics } from "../../src/telemetry"
import { CacheProcess } from "../support/faults/cache-process"
import { TcpProxy } from "../support/faults/tcp-proxy"
import {
  nearStats,
  untilListening,
  untilNear,
} from "../support/near-cache/near"
import { testPool } from "../support/poolers/test-pool"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

describe("the hit rate of all processes", () => {
  const cache = testCache()

  beforeEach(async () => {
    await cache.empty()
    await cache.sql(
      "truncate caching_postgres_minute, caching_postgres_process"
    )
  })

  const rows = () =>
    cache.sql<Record<string, unknown>>(
      "select * from caching_postgres_minute order by namespace, minute"
    )

  it("Stats of a process include what two other processes have counted within the last hour.", async () => {
    const processes = await Promise.all([
      CacheProcess.start(cache.url),
      CacheProcess.start(cache.url),
    ])
    for (const process of processes) {
      await process.ask("set", { key: "k", data: { n: 1 } })
      await process.ask("get", { key: "k" })
      await process.ask("get", { key: "k" })
      await process.ask("get", { key: "unknown" })
      // Reports first, and then shows.
      await process.ask("stats", {})
      await process.end()
    }
    const counted = { hits: 4, misses: 2, hitRate: 2 / 3, sets: 2 }
    const stats = await cache.provider().stats()
    expect(stats).toMatchObject({
      hits: 0,
      lastHour: counted,
      lastDay: counted,
    })
  })

  it("Hits of the near cache and removed entries are recorded, too.", async () => {
    const provider = cache.provider({ nearCache: true })
    await untilListening(provider)
    const { nearHits } = (await provider.stats()).lastHour
    await provider.set({ key: "k", data: {} })
    await untilNear(provider, "k")
    await provider.clear({ key: "k" })
    expect((await provider.stats()).lastHour).toMatchObject({
      nearHits: nearHits + 1,
      sets: 1,
      removed: 1,
    })
  })

  it("A provider that is closed reports what it has counted since its last report.", async () => {
    const provider = cache.provider()
    await provider.get({ key: "unknown" })
    await provider.close()
    expect(await rows()).toMatchObject([{ namespace: "medusa", misses: "1" }])
  })

  it("Nothing is written for a minute in which nothing happened.", async () => {
    const provider = cache.provider()
    await provider.stats()
    await provider.close()
    expect(await rows()).toEqual([])
  })

  it("Stats show the last hour and the last day of their own namespace.", async () => {
    await cache.sql(`
      insert into caching_postgres_minute (namespace, minute, hits, near_hits, misses, sets, removed)
      select namespace, now() - age, hits, 0, hits, 0, 0
      from (values
        ('medusa', interval '5 minutes', 1),
        ('medusa', interval '61 minutes', 20),
        ('medusa', interval '25 hours', 300),
        ('other', interval '5 minutes', 4000)
      ) as m (namespace, age, hits)`)
    expect(await cache.provider().stats()).toMatchObject({
      lastHour: { hits: 1, misses: 1, hitRate: 0.5 },
      lastDay: { hits: 21, misses: 21, hitRate: 0.5 },
    })
  })

  it("The sweep removes minutes that are older than eight days, those of other namespaces as well.", async () => {
    await cache.sql(`
      insert into caching_postgres_minute (namespace, minute, hits, near_hits, misses, sets, removed)
      select namespace, now() - age, 1, 0, 0, 0, 0
      from (values
        ('kept', interval '7 days 23 hours'), ('medusa', interval '8 days 1 minute'), ('other', interval '9 days')
      ) as m (namespace, age)`)
    await cache.provider().sweep()
    expect((await rows()).map(({ namespace }) => namespace)).toEqual(["kept"])
  })

  it("What could not be reported is reported later, with a warning and without switching the cache off.", async () => {
    const logger = new TestLogger()
    const provider = cache.provider({}, logger)
    await provider.set({ key: "k", data: { n: 1 } })
    await provider.get({ key: "k" })
    await cache.sql("alter table caching_postgres_minute rename to hidden")
    await expect(provider.stats()).rejects.toThrow("caching_postgres_minute")
    expect(await provider.get({ key: "k" })).toEqual({ n: 1 })
    await cache.sql("alter table hidden rename to caching_postgres_minute")
    expect((await provider.stats()).lastHour).toMatchObject({
      hits: 2,
      sets: 1,
    })
    expect(logger.complaints).toEqual([
      expect.stringContaining("could not be recorded and will be later"),
    ])
  })

  it("What a process counts while the database is away is reported once it is back.", async () => {
    const proxy = await TcpProxy.to(cache.url)
    const process = await CacheProcess.start(proxy.url(cache.url), {
      timeouts: { getMillis: 100 },
    })
    try {
      await process.ask("get", { key: "unknown" })
      await proxy.refuse()
      await process.ask("get", { key: "unknown" })
      await expect(process.ask("stats", {})).rejects.toThrow()
      await process.ask("get", { key: "unknown" })
      await proxy.restore()
      // Waits for the circuit breaker to close.
      await waitFor("3 misses", async () => {
        const stats = await process.ask("stats", {}).catch(() => undefined)
        return stats?.lastHour.misses === 3 || undefined
      })
    } finally {
      await process.end()
      await proxy.close()
    }
  })

  it("A process reports again and again without being asked, and not while a circuit breaker is open.", async () => {
    const log = new Log(new TestLogger().asMedusaLogger)
    const pool = testPool(cache.url)
    const metrics = new Metrics(undefined, "medusa")
    let isBack = false
    const breaker = () =>
      new CircuitBreaker(log, {
        whileOpen: "off",
        onceClosed: "on",
        opened: () => {},
        attempt: () =>
          isBack ? Promise.resolve() : Promise.reject(new Error("away")),
      })
    const [readBreaker, writes] = [breaker(), breaker()]
    const reports = new MinuteReports({
      namespace: "medusa",
      pool,
      statements: statementsFor("public"),
      metrics,
      readBreaker,
      writes,
      options: { nearCache: false },
    })
    const misses = async () => {
      const [row] = await rows()
      return Number(row?.misses ?? 0)
    }
    const reported = (count: number) =>
      waitFor(`${count} misses`, async () =>
        (await misses()) === count ? true : undefined
      )
    try {
      reports.start(20)
      metrics.got(false, 0)
      await reported(1)
      metrics.got(false, 0)
      await reported(2)
      writes.open(new Error("read-only"))
      metrics.got(false, 0)
      await reports.report()
      expect(await misses()).toBe(2)
      isBack = true
      await reported(3)
    } finally {
      reports.stop()
      readBreaker.stop()
      writes.stop()
      await pool.close()
    }
  })
})

describe("the near caches of all processes", () => {
  const cache = testCache()

  beforeEach(async () => {
    await cache.sql("truncate caching_postgres_process")
  })

  const names = () =>
    cache.sql<{ name: string }>(
      "select name from caching_postgres_process order by name"
    )

  /** Processes of other shops and times, as they would have reported themselves. */
  const report = (name: string, namespace: string, age: string) =>
    cache.sql(
      `insert into caching_postgres_process
       values ($1, gen_random_uuid(), $2, 'worker', now() - interval '1 day', now() - $3::interval, true, 1, 2, 3, 4, 5)`,
      [namespace, name, age]
    )

  it("Stats of any process list the near cache of each process that reads, and what it takes and answers.", async () => {
    const provider = cache.provider({ nearCache: true })
    const other = await CacheProcess.start(cache.url, {
      nearCache: { maxBytes: 2_097_152 },
    })
    try {
      await untilListening(provider)
      await provider.set({ key: "k", data: { n: 1 } })
      await untilNear(provider, "k")
      await other.ask("get", { key: "k" })
      await other.ask("stats", {})
      const { nearCaches } = await provider.stats()
      const name = `${hostname()}:${process.pid}`
      const own = nearCaches.find((near) => near.process === name)
      const others = nearCaches.find((near) => near.process !== name)
      expect(nearCaches).toHaveLength(2)
      expect(own).toMatchObject({
        ...nearStats(provider),
        isListening: true,
        entries: 1,
        workerMode: null,
        maxBytes: 33_554_432,
      })
      expect(own!.reads).toBeGreaterThan(own!.hits)
      expect(own!.startedAt.getTime()).toBeLessThan(own!.reportedAt.getTime())
      expect(others).toMatchObject({ hits: 0, reads: 1, maxBytes: 2_097_152 })
    } finally {
      await other.end()
    }
  })

  it("A process without a near cache reports none, and neither does one that has read nothing.", async () => {
    const without = cache.provider()
    await without.get({ key: "unknown" })
    const unread = cache.provider({ nearCache: true })
    await unread.set({ key: "k", data: {} })
    await unread.clear({ key: "k" })

    expect((await without.stats()).nearCaches).toEqual([])
    expect((await unread.stats()).nearCaches).toEqual([])
    expect(await names()).toEqual([])
  })

  it("A provider that is closed does not report its near cache, which is closed, too.", async () => {
    const provider = cache.provider({ nearCache: true })
    await provider.get({ key: "unknown" })
    await provider.close()
    expect(await names()).toEqual([])
  })

  it("Processes of other namespaces are not listed, nor those that have not reported for minutes, and the sweep removes these.", async () => {
    await report("present", "medusa", "2 minutes")
    await report("gone", "medusa", "4 minutes")
    await report("other", "other", "1 minute")
    await report("other gone", "other", "1 hour")
    const provider = cache.provider()

    const { nearCaches } = await provider.stats()
    expect(nearCaches).toMatchObject([
      {
        process: "present",
        workerMode: "worker",
        isListening: true,
        entries: 1,
        bytes: 2,
        maxBytes: 3,
        hits: 4,
        reads: 5,
      },
    ])
    await provider.sweep()
    expect(await names()).toEqual([{ name: "other" }, { name: "present" }])
  })
})
