import { report } from "../support/cli/doctor"
import {
  describeWithPgBouncer,
  PgBouncer,
  type PgBouncerSettings,
} from "../support/poolers/pgbouncer"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { TestCache } from "../support/provider/test-cache"

let cache: TestCache

beforeAll(async () => {
  cache = await TestCache.create()
})
afterAll(() => cache.close())

async function findingAbout(check: string, url: string): Promise<string> {
  const { findings } = await report(url)
  const found = findings.find((finding) => finding.check === check)!
  return `${found.status}: ${found.message}`
}

describe("doctor's look at what stands between", () => {
  it("Doctor says that no pooler stands between where there is none.", async () => {
    expect(await findingAbout("pooler", cache.url)).toBe(
      "ok: none: connections lead to the server itself"
    )
  })

  it("Doctor names a pooler in transaction mode that ignores start-up options.", async () => {
    const pooler = await TransactionPooler.start(cache.url, 3)
    try {
      expect(await findingAbout("pooler", pooler.url)).toMatch(
        /^ok: one in transaction mode stands between; it takes no start-up options/
      )
    } finally {
      await pooler.stop()
    }
  })
})

describeWithPgBouncer("doctor's look at PgBouncer", () => {
  const through = async (
    settings: PgBouncerSettings,
    use: (url: string) => Promise<void>
  ) => {
    const pooler = await PgBouncer.start(cache.url, settings)
    try {
      await use(pooler.url)
    } finally {
      await pooler.stop()
    }
  }

  it.each([
    ["transaction", 1],
    ["transaction", 20],
    ["session", 20],
  ] as const)(
    "Doctor names PgBouncer's %s mode with %i server connections.",
    async (pool_mode, default_pool_size) => {
      await through({ pool_mode, default_pool_size }, async (url) => {
        expect(await findingAbout("pooler", url)).toBe(
          `ok: one in ${pool_mode} mode stands between; it takes no start-up options, so each statement brings the cache's settings along`
        )
      })
    }
  )

  it("Doctor says that PgBouncer's pool is too small in session mode.", async () => {
    await through(
      { pool_mode: "session", default_pool_size: 2 },
      async (url) => {
        expect(await findingAbout("pooler", url)).toBe(
          "warning: a pooler in session mode stands between, and has no server connection left"
        )
      }
    )
  }, 60_000)
})
