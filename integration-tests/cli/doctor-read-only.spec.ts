import { report } from "../support/cli/doctor"
import { OwnServer } from "../support/faults/own-server"
import { testCache } from "../support/provider/test-cache"

describe("doctor on a read-only database", () => {
  const cache = testCache()

  beforeAll(async () => {
    await cache.provider().sweep()
  })

  it("The doctor finds a database that default_transaction_read_only makes read-only, and names the statement that ends it.", async () => {
    const [row] = await cache.sql<{ name: string }>(
      "select quote_ident(current_database()) as name"
    )
    const setting = "default_transaction_read_only"
    await cache.sql(`alter database ${row!.name} set ${setting} = on`)
    try {
      const { code, findings } = await report(cache.url)
      expect(code).toBe(1)
      expect(findings.filter(({ status }) => status !== "ok")).toEqual([
        {
          check: "writes",
          status: "problem",
          message: `the database is read-only: ${setting} is on`,
          advice: `Turn it off: alter database ${row!.name} reset ${setting};`,
        },
      ])
    } finally {
      await cache.sql(`alter database ${row!.name} reset ${setting}`)
    }
    const { problems } = await report(cache.url)
    expect(problems).toBe(0)
  })

  it("The doctor finds a connection that its URL makes read-only.", async () => {
    const options = encodeURIComponent("-c default_transaction_read_only=on")
    const { code, findings } = await report(`${cache.url}?options=${options}`)
    expect(code).toBe(1)
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: "writes",
        status: "problem",
        advice: expect.stringContaining("`options` of the URL") as string,
      })
    )
  })
})

describe("doctor on a standby", () => {
  it("The doctor finds a standby, and advises the URL of the primary.", async () => {
    const server = await OwnServer.start()
    try {
      const [row] = await server.sql<{ data_directory: string }>(
        "show data_directory"
      )
      await server.stop()
      await server.startAsStandby(row!.data_directory)
      const { code, findings } = await report(server.url)
      expect(code).toBe(1)
      expect(findings).toContainEqual(
        expect.objectContaining({
          check: "writes",
          status: "problem",
          message: expect.stringContaining("is a standby") as string,
          advice: expect.stringContaining("URL of the primary") as string,
        })
      )
    } finally {
      await server.close()
    }
  })
})
