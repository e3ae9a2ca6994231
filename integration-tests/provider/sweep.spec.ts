import { advisoryLock } from "../../src/sql"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

describe("the sweep", () => {
  const cache = testCache()

  beforeEach(() => cache.empty())

  const expire = (where = "true") =>
    cache.sql(
      `update caching_postgres_entry set expires_at = now() - interval '1 s' where ${where}`
    )

  const untilSwept = () =>
    waitFor(
      "the sweep to remove all entries",
      async () => (await cache.rows()).entries === 0 || undefined
    )

  it("The sweep removes expired entries of every namespace with all their rows, in batches.", async () => {
    const one = cache.provider({ namespace: "one" })
    const other = cache.provider({ namespace: "other" })
    await Promise.all(
      Array.from({ length: 1_200 }, (_, index) =>
        (index % 2 ? one : other).set({
          key: `k${index}`,
          data: { index },
          tags: ["t", `t${index}`],
          options: { autoInvalidate: index % 3 !== 0 },
        })
      )
    )
    await expire("namespace = 'one' or key = '\"k0\"'")
    await one.sweep()
    expect(await cache.rows()).toEqual({
      entries: 599,
      tags: 1198,
      options: 199,
    })
  })

  it("The sweep runs on its schedule, and not with sweep: false.", async () => {
    const sweeping = cache.provider({ sweep: "* * * * * *" })
    await sweeping.set({ key: "k", data: {}, tags: ["t"] })
    await expire()
    await untilSwept()
    await sweeping.close()

    const idle = cache.provider({ sweep: false })
    await idle.set({ key: "k", data: {} })
    await expire()
    await cache.sql("select pg_sleep(1.2)")
    expect((await cache.rows()).entries).toBe(1)
  })

  it("The sweep takes its schedule in the time zone that is asked for.", async () => {
    const { hour, minute } = Object.fromEntries(
      new Intl.DateTimeFormat("en", {
        timeZone: "Pacific/Kiritimati",
        hour: "numeric",
        minute: "numeric",
        hourCycle: "h23",
      })
        .formatToParts()
        .map(({ type, value }) => [type, Number(value)])
    ) as { hour: number; minute: number }
    const everySecondOfNow = `* ${minute},${(minute + 1) % 60} ${hour},${(hour + 1) % 24} * * *`
    const there = cache.provider({
      sweep: { schedule: everySecondOfNow, timeZone: "Pacific/Kiritimati" },
    })
    const elsewhere = cache.provider({
      sweep: { schedule: everySecondOfNow, timeZone: "America/Los_Angeles" },
    })
    await elsewhere.close()
    await there.set({ key: "k", data: {} })
    await expire()
    await untilSwept()
    await there.close()
  })

  it("The sweep notes its last run for all processes.", async () => {
    const [one, other] = [cache.provider(), cache.provider()]
    await one.set({ key: "k", data: {} })
    await expire()
    expect(await one.sweep()).toEqual({ elected: true, expired: 1, evicted: 0 })

    const { lastSweep } = await other.stats()
    expect(lastSweep).toMatchObject({ expired: 1, evicted: 0, orphans: 0 })
    expect(lastSweep!.seconds).toBeGreaterThan(0)
    const [row] = await cache.sql(
      "select from caching_postgres_sweep where date_trunc('milliseconds', began_at) = $1",
      [lastSweep!.at]
    )
    expect(row).toBeDefined()
  })

  it("The sweep is left to the one process that holds the election.", async () => {
    const provider = cache.provider()
    await provider.set({ key: "k", data: {} })
    await expire()
    // The other process: it has won, and its transaction is still at work.
    await cache.sql("begin")
    await cache.sql("select pg_advisory_xact_lock($1)", [
      advisoryLock("sweep", "public"),
    ])
    await provider.sweep()
    expect((await cache.rows()).entries).toBe(1)
    await cache.sql("rollback")
    await provider.sweep()
    expect((await cache.rows()).entries).toBe(0)
  })

  it("The sweep works through a pooler in transaction mode, and leaves no lock on the connection it was lent.", async () => {
    await cache.provider().set({ key: "k", data: {} })
    await expire()
    const pooler = await TransactionPooler.start(cache.url, 1)
    const pooled = cache.provider({ database: { clientUrl: pooler.url } })
    expect(await pooled.sweep()).toMatchObject({ expired: 1 })
    const locks = await cache.sql(
      `select from pg_locks join pg_database d on d.oid = database
       where locktype = 'advisory' and datname = current_database()`
    )
    expect(locks).toEqual([])
    await pooled.close()
    await pooler.stop()
  })

  it("The sweep spares an entry that is rewritten at the same moment.", async () => {
    const [sweeping, writing] = [cache.provider(), cache.provider()]
    for (let round = 0; round < 30; round++) {
      await writing.set({ key: "k", data: { old: true }, tags: ["t"] })
      await expire()
      await Promise.all([
        sweeping.sweep(),
        writing.set({ key: "k", data: { round }, tags: ["t"] }),
      ])
      expect(await writing.get({ key: "k" })).toEqual({ round })
      expect(await writing.get({ tags: ["t"] })).toEqual([{ round }])
    }
  })

  it("The sweep does not wait for an entry that somebody has locked.", async () => {
    const provider = cache.provider()
    await provider.set({ key: "a", data: {} })
    await provider.set({ key: "b", data: {} })
    await expire()
    await cache.sql("begin")
    await cache.sql(
      "select from caching_postgres_entry where key = '\"a\"' for update"
    )
    await provider.sweep()
    await cache.sql("rollback")
    expect((await cache.rows()).entries).toBe(1)
  })

  it("The sweep removes tags whose entry is gone.", async () => {
    const provider = cache.provider()
    await provider.set({ key: "k", data: {}, tags: ["t"] })
    await cache.sql(
      "insert into caching_postgres_entry_tag (id, tag_digest) select 1000000 + n, gen_random_uuid() from generate_series(1, 10) n"
    )
    // The first run finds them; were they another process's work in progress, they would be gone
    // by the second.
    await provider.sweep()
    expect((await cache.rows()).tags).toBe(11)
    await provider.sweep()
    expect((await cache.rows()).tags).toBe(1)
    expect(await provider.get({ tags: ["t"] })).toEqual([{}])
  })

  it("The sweep reports a failure and goes on.", async () => {
    const logger = new TestLogger()
    const provider = cache.provider({ namespace: "n" }, logger)
    await provider.set({ key: "k", data: {} })
    await expire()
    await cache.sql(`
      create function refuse() returns trigger language plpgsql as
        $$ begin raise 'not today'; end $$;
      create trigger refuse before delete on caching_postgres_entry execute function refuse()`)
    expect(await provider.sweep()).toBeUndefined()
    expect(logger.complaints).toEqual([
      "[caching-postgres] the sweep failed and will be tried again: not today",
    ])
    await cache.sql("drop function refuse cascade")
    expect(await provider.sweep()).toMatchObject({ expired: 1 })
    expect(logger.complaints).toHaveLength(1)
  })
})
