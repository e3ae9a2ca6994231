import { report } from "../support/cli/doctor"
import { describeWithPgBouncer, PgBouncer } from "../support/poolers/pgbouncer"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { testCache } from "../support/provider/test-cache"

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

describe("doctor's look at what stands between", () => {
  it("Doctor says that no pooler stands between where there is none.", async () => {
    expect(await findingAt(cache.url)).toBe(
      "ok: none: connections lead to the server itself"
    )
  })

  it("Doctor names a pooler in transaction mode that ignores start-up options.", async () => {
    pooler = await TransactionPooler.start(cache.url, 3)
    expect(await findingAt(pooler.url)).toMatch(
      /^ok: one in transaction mode stands between; it takes no start-up options/
    )
  })
})

describeWithPgBouncer("doctor's look at PgBouncer", () => {
  it.each([
    ["transaction", 1],
    ["transaction", 20],
    ["session", 20],
  ] as const)(
    "Doctor names PgBouncer's %s mode with %i server connections.",
    async (pool_mode, default_pool_size) => {
      pooler = await PgBouncer.start(cache.url, {
        pool_mode,
        default_pool_size,
      })
      expect(await findingAt(pooler.url)).toBe(
        `ok: one in ${pool_mode} mode stands between; it takes no start-up options, so each statement brings the cache's settings along`
      )
    }
  )

  it("Doctor says that PgBouncer's pool is too small in session mode.", async () => {
    pooler = await PgBouncer.start(cache.url, {
      pool_mode: "session",
      default_pool_size: 2,
    })
    expect(await findingAt(pooler.url)).toBe(
      "warning: a pooler in session mode stands between, and has no server connection left"
    )
  }, 60_000)
})
