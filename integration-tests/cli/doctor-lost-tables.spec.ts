import { report } from "../support/cli/doctor"
import { migrate } from "../support/provider/migrate"
import { TestCache } from "../support/provider/test-cache"

describe("doctor on a database that has lost the tables", () => {
  const missing = async (
    url: string
  ): Promise<{ message: string; advice?: string } | undefined> =>
    (await report(url)).findings.find(
      ({ check, status }) => check === "migrations" && status === "problem"
    )

  it("The doctor's advice brings back missing tables of migrations that the ledger names; db:migrate alone does not.", async () => {
    const cache = await TestCache.create()
    const shop = { clientUrl: cache.url }
    try {
      const [row] = await cache.sql<{ tables: string }>(
        "select string_agg(tablename, ', ') as tables from pg_tables where tablename like 'caching_postgres_%'"
      )
      await cache.sql(`drop table ${row!.tables} cascade`)
      await migrate("run", shop)
      expect(await missing(cache.url)).toMatchObject({
        message: expect.stringMatching(
          /^no table .* in schema "public"$/
        ) as string,
        advice: expect.stringMatching(
          /`db:migrate` alone makes nothing.*`npx medusa db:rollback caching`, then `npx medusa db:migrate`/
        ) as string,
      })
      await migrate("revert", shop)
      await migrate("run", shop)
      expect(await missing(cache.url)).toBeUndefined()
    } finally {
      await cache.close()
    }
  })
})
