import { Client } from "@medusajs/framework/pg"
import { connectPostgres, startPostgres } from "./index"
import { query } from "./server"
import { chooseSource, embeddedEnv } from "./source"
import { createTestDatabase } from "./test-database"

describe("the server of the run", () => {
  it("Every caller gets a database of its own, which is dropped under open connections.", async () => {
    const [first, second] = await Promise.all([
      createTestDatabase(),
      createTestDatabase(),
    ])
    expect(first.url).not.toBe(second.url)
    const client = new Client({ connectionString: first.url })
    client.on("error", () => {})
    await client.connect()

    await Promise.all([first.drop(), second.drop()])

    await client.end()
    await expect(query(first.url, "select 1")).rejects.toThrow("does not exist")
  })

  it("The server of the run is of the version asked for.", async () => {
    const server = await connectPostgres(process.env.TEST_SERVER_URL ?? "")
    const major = String(Math.floor(server.versionNum / 10_000))

    expect(major).toBe(process.env.TEST_POSTGRES_VERSION || major)
  })
})

describe("a server named by TEST_DATABASE_URL", () => {
  const env = process.env

  beforeEach(() => {
    process.env = { ...embeddedEnv(), TEST_DATABASE_URL: env.TEST_SERVER_URL }
  })

  afterEach(() => {
    process.env = env
  })

  it("A server named by TEST_DATABASE_URL stays up when stopped, without the databases made on it.", async () => {
    const lines: string[] = []
    const server = await startPostgres({
      settings: { fsync: "off" },
      onProgress: (line) => lines.push(line),
    })
    const url = await server.createDatabase()
    expect(await query(url, "select 1")).toEqual([1])

    await server.stop()

    await expect(query(url, "select 1")).rejects.toThrow("does not exist")
    expect(await query(server.url, "select 1")).toEqual([1])
    expect(lines).toContain("it keeps its own settings, not applied: fsync")
  })

  it("A server named by TEST_DATABASE_URL must answer.", async () => {
    process.env.TEST_DATABASE_URL =
      "postgres://postgres:secret@127.0.0.1:1/postgres"

    await expect(startPostgres()).rejects.toThrow(
      "TEST_DATABASE_URL: no connection to 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1"
    )
  })
})

describe("the choice of a server", () => {
  it.each([
    [
      { TEST_POSTGRES: "docker" },
      'TEST_POSTGRES is "docker", allowed: embedded, container',
    ],
    [
      { TEST_POSTGRES_VERSION: "9" },
      'TEST_POSTGRES_VERSION is "9", allowed: 14, 15, 16, 17, 18',
    ],
    [
      { TEST_DATABASE_URL: "localhost" },
      'TEST_DATABASE_URL is "localhost", allowed: a URL like',
    ],
    [
      { TEST_DATABASE_URL: "mysql://root:secret@127.0.0.1/shop" },
      'TEST_DATABASE_URL is "mysql://root:***@127.0.0.1/shop", allowed: a URL like',
    ],
    [
      { TEST_DATABASE_URL: "postgres://127.0.0.1", TEST_POSTGRES: "container" },
      'TEST_POSTGRES is "container", allowed: unset',
    ],
  ])("The environment %j is refused.", (env, message) => {
    expect(() => chooseSource(env)).toThrow(message)
  })

  it("An empty variable counts as unset.", () => {
    const env = {
      TEST_DATABASE_URL: "",
      TEST_POSTGRES: "",
      TEST_POSTGRES_VERSION: "",
    }

    expect(chooseSource(env)).toEqual(chooseSource({}))
  })

  it("The image of a container is picked by version.", () => {
    expect(
      chooseSource({ TEST_POSTGRES: "container", TEST_POSTGRES_VERSION: "15" })
    ).toEqual({
      source: { kind: "container", image: "postgres:15-alpine" },
      major: "15",
    })
  })

  it("A URL without a database is completed.", () => {
    expect(
      chooseSource({ TEST_DATABASE_URL: "postgres://u:p@db.example:6543" })
        .source
    ).toEqual({
      kind: "external",
      url: "postgres://u:p@db.example:6543/postgres",
    })
  })
})
