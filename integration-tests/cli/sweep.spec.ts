import { advisoryLock } from "../../src/sql"
import { runCli, type CliResult } from "../support/cli/run-cli"
import { waitingForLock } from "../support/provider/waiting-for-lock"
import { testCache } from "../support/provider/test-cache"

describe("sweep", () => {
  const cache = testCache()

  beforeEach(async () => {
    await cache.empty()
    await cache.provider().set({ key: "expired", data: {}, tags: ["t"] })
    await cache.sql(
      "update caching_postgres_entry set expires_at = now() - interval '1 s'"
    )
    await cache.provider().set({ key: "live", data: {} })
  })

  const sweep = (...args: string[]): Promise<CliResult> =>
    runCli(["sweep", ...args, "--database-url", cache.url])

  it("sweep removes expired entries and says how many.", async () => {
    expect(await sweep()).toEqual({
      code: 0,
      stdout:
        "Removed 1 expired entry, and 0 entries beyond the limits of size.\n",
      stderr: "",
    })
    expect(await cache.rows()).toEqual({ entries: 1, tags: 0, options: 0 })
  })

  it("sweep --json prints how many entries were removed and are left.", async () => {
    const { stdout } = await sweep("--json")
    expect(JSON.parse(stdout)).toEqual({
      elected: true,
      expired: 1,
      evicted: 0,
      expiredLeft: 0,
    })
  })

  it("sweep says how many expired entries it had to leave since they are locked.", async () => {
    await cache.sql("begin")
    await cache.sql("select from caching_postgres_entry for update")
    try {
      const { stdout } = await sweep()
      expect(stdout).toMatch(
        /^Removed 0 expired entries, .*\n1 expired entry is left/
      )
    } finally {
      await cache.sql("rollback")
    }
  })

  it("sweep says that another process is sweeping.", async () => {
    await cache.sql("begin")
    await cache.sql("select pg_advisory_xact_lock($1)", [
      advisoryLock("sweep", "public"),
    ])
    try {
      expect(await sweep()).toEqual({
        code: 0,
        stdout:
          "Another process is sweeping at this moment; this one removed nothing.\n",
        stderr: "",
      })
      expect(JSON.parse((await sweep("--json")).stdout)).toMatchObject({
        elected: false,
        expired: 0,
        expiredLeft: 1,
      })
    } finally {
      await cache.sql("rollback")
    }
  })

  it("sweep fails with one line when the tables are missing.", async () => {
    await cache.sql("alter table caching_postgres_entry rename to hidden")
    try {
      expect(await sweep()).toEqual({
        code: 1,
        stdout: "",
        stderr: expect.stringMatching(
          /^error: the sweep failed: the tables are missing .*; run `npx medusa db:migrate`.* Run doctor to find out why\n$/
        ) as string,
      })
    } finally {
      await cache.sql("alter table hidden rename to caching_postgres_entry")
    }
  })

  it("sweep says every few seconds that it goes on.", async () => {
    await cache.sql("begin")
    await cache.sql("lock table caching_postgres_entry")
    const swept = sweep()
    await waitingForLock(cache)
    await cache.sql("select pg_sleep(2.5)")
    await cache.sql("rollback")
    expect(await swept).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Removed 1 expired entry/) as string,
      stderr: expect.stringMatching(/^sweeping, \d s so far\n$/) as string,
    })
  })
})
