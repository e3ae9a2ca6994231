import { doctor, report } from "../support/cli/doctor"
import { TestCache } from "../support/provider/test-cache"
import {
  createTestDatabase,
  type TestDatabase,
} from "../support/postgres/test-database"

describe("doctor on a healthy database", () => {
  let cache: TestCache

  beforeAll(async () => {
    cache = await TestCache.create()
  })
  afterAll(() => cache.close())

  it("The doctor warns if the sweep has never run, and calls that no problem.", async () => {
    const { code, problems, warnings, findings } = await report(cache.url)
    expect({ code, problems, warnings }).toEqual({
      code: 0,
      problems: 0,
      warnings: 1,
    })
    expect(findings.filter(({ status }) => status !== "ok")).toEqual([
      {
        check: "sweep",
        status: "warning",
        message: "has never run",
        advice: expect.stringMatching(
          /Does the shop run.*"\* \* \* \* \*"/
        ) as string,
      },
    ])
  })

  it("The doctor warns if the last sweep was long ago.", async () => {
    await cache.provider().sweep()
    await cache.sql(
      "update caching_postgres_sweep set began_at = now() - interval '2 h'"
    )
    const { findings } = await report(cache.url)
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: "sweep",
        status: "warning",
        message: "last run 2 h ago",
      })
    )
  })

  it("The doctor finds all in order, in a fixed order of checks.", async () => {
    await cache.provider().sweep()
    const { code, stdout, stderr } = await doctor(cache.url)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toMatch(/\n\n0 problems, 0 warnings\.\n$/)
    expect(
      stdout.match(/^ok {7}[^:]+/gm)?.map((line) => line.slice(2).trim())
    ).toEqual([
      "connection",
      "server",
      "writes",
      "migrations",
      "tables",
      "storage",
      "indexes",
      "autovacuum",
      "rights",
      "pooler",
      "prepared statements",
      "notifications",
      "sweep",
    ])
    expect(stdout).toContain(
      "storage: unlogged: a crash of the server empties the cache"
    )
  })

  it("The doctor shows no password.", async () => {
    const url = new URL(cache.url)
    url.password = url.password || "some-password"
    const { stdout, stderr } = await doctor(url.href)
    expect(stdout).toContain(":***@")
    expect(stdout + stderr).not.toContain(url.password)
  })
})

describe("doctor without a database", () => {
  it("The doctor says that the database cannot be reached.", async () => {
    const { code, stdout, stderr } = await doctor(
      "postgres://shop:secret@127.0.0.1:1/none"
    )
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" })
    expect(stdout).toMatch(
      /^problem {2}connection: cannot connect to postgres:\/\/shop:\*\*\*@127\.0\.0\.1:1\/none: connect ECONNREFUSED 127\.0\.0\.1:1\n {9}-> Does the server run.*\n\n1 problem, 0 warnings\.\n$/
    )
  })
})

describe("doctor without tables", () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it("The doctor advises to migrate if there are no tables, and makes the checks that need none.", async () => {
    const { code, problems, warnings, findings } = await report(database.url)
    expect({ code, problems, warnings }).toEqual({
      code: 1,
      problems: 1,
      warnings: 0,
    })
    expect(findings).toContainEqual({
      check: "migrations",
      status: "problem",
      message: expect.stringMatching(
        /^no table caching_postgres_entry, .* in schema "public"$/
      ) as string,
      advice: expect.stringContaining("npx medusa db:migrate") as string,
    })
    expect(findings).toContainEqual(
      expect.objectContaining({ check: "notifications", status: "ok" })
    )
  })
})
