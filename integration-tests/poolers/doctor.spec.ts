import type { CachingPostgresOptions } from "../../src"
import { examineCaches } from "../../src/inspect/doctor/examine"
import { resolveOptions } from "../../src/options"
import { report } from "../support/cli/doctor"
import { describeWithPgBouncer, PgBouncer } from "../support/poolers/pgbouncer"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { testCache, TestCache } from "../support/provider/test-cache"

const cache = testCache()
let pooler: PgBouncer | TransactionPooler | undefined

afterEach(async () => {
  await pooler?.stop()
  pooler = undefined
})

/** What doctor says of the pooler at this URL. */
async function findingAt(url: string): Promise<string> {
  const { findings } = await report(url)
  const found = findings.find(({ check }) => check === "pooler")!
  return `${found.status}: ${found.message}`
}

/** What doctor says in a check of a cache with a near cache. */
async function withNearCache(
  check: string,
  clientUrl: string,
  nearCache: CachingPostgresOptions["nearCache"]
) {
  const options = resolveOptions({ nearCache }, { database: { clientUrl } })
  const findings = await examineCaches([options])
  return findings.find((found) => found.check === check)!
}

describe("the doctor's look for a pooler", () => {
  it("The doctor says that there is no pooler where there is none.", async () => {
    expect(await findingAt(cache.url)).toBe(
      "ok: none: connections lead to the server itself"
    )
  })

  it("The doctor names a pooler in transaction mode that ignores start-up options.", async () => {
    pooler = await TransactionPooler.start(cache.url, 3)
    expect(await findingAt(pooler.url)).toMatch(
      /^ok: there is one, in transaction mode; it takes no start-up options/
    )
  })
})

describe("doctor's look at the near cache", () => {
  const notifications = async (clientUrl?: string) => {
    pooler = await TransactionPooler.start(cache.url, 3)
    return withNearCache("notifications", pooler.url, { clientUrl })
  }

  it("The doctor advises a direct URL for a near cache behind a pooler in transaction mode.", async () => {
    expect(await notifications()).toMatchObject({
      status: "warning",
      message: expect.stringContaining("does not arrive") as string,
      advice: expect.stringContaining("a direct URL") as string,
    })
  })

  it("The doctor reports no problem if the near cache listens at a direct URL.", async () => {
    expect(await notifications(cache.url)).toMatchObject({
      status: "ok",
      message: expect.stringContaining("LISTEN and NOTIFY work, at ") as string,
    })
  })

  it("The doctor warns if the near cache listens at another database.", async () => {
    const other = await TestCache.create()
    expect(await notifications(other.url)).toMatchObject({
      status: "warning",
      message: expect.stringContaining("the near cache is off") as string,
      advice: expect.stringContaining("the cache's own database") as string,
    })
    await other.close()
  })

  it("The doctor warns, without the password, if the near cache cannot connect.", async () => {
    expect(await notifications("postgres://u:secret@127.0.0.1:1/db")).toEqual({
      check: "notifications",
      status: "warning",
      message:
        "the near cache is off: cannot connect to postgres://u:***@127.0.0.1:1/db: connect ECONNREFUSED 127.0.0.1:1",
      advice: "Correct `nearCache.clientUrl`. The cache works without.",
    })
  })
})

describeWithPgBouncer("doctor's look at PgBouncer", () => {
  it.each([
    ["transaction", 1],
    ["transaction", 20],
    ["session", 20],
  ] as const)(
    "The doctor names PgBouncer's %s mode with %i server connections.",
    async (pool_mode, default_pool_size) => {
      pooler = await PgBouncer.start(cache.url, {
        pool_mode,
        default_pool_size,
      })
      expect(await findingAt(pooler.url)).toBe(
        `ok: there is one, in ${pool_mode} mode; it takes no start-up options, so each statement brings the cache's settings along`
      )
    }
  )

  it("The doctor says that PgBouncer's pool is too small in session mode.", async () => {
    pooler = await PgBouncer.start(cache.url, {
      pool_mode: "session",
      default_pool_size: 2,
    })
    expect(await findingAt(pooler.url)).toBe(
      "warning: there is a pooler in session mode, and it has no server connection left"
    )
  }, 60_000)

  it("The doctor counts the near cache's connections among those that PgBouncer must allow in session mode.", async () => {
    pooler = await PgBouncer.start(cache.url, {
      pool_mode: "session",
      default_pool_size: 2,
    })
    const { advice } = await withNearCache("pooler", pooler.url, true)
    expect(advice).toMatch(/^Allow 5 connections for each process/)
  }, 60_000)
})
