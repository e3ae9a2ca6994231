import type { CachingPostgresOptions } from "../../src"
import {
  createTestDatabase,
  type TestDatabase,
} from "../support/postgres/test-database"
import { query } from "../support/postgres/server"
import { migrate } from "../support/provider/migrate"
import { serversAt, testProvider } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"

// Each migration is a process that loads MikroORM; several run in one test.
jest.setTimeout(120_000)

describe("migrations of several servers", () => {
  let databases: TestDatabase[]
  let urls: string[]

  beforeEach(async () => {
    databases = await Promise.all([1, 2, 3].map(() => createTestDatabase()))
    urls = databases.map(({ url }) => url)
  })
  afterEach(() => Promise.all(databases.map((database) => database.drop())))

  const options = (servers: string[]): CachingPostgresOptions => ({
    namespace: "shop",
    database: { servers: serversAt(servers) },
  })
  const migrateAll = (servers: string[]) =>
    migrate("run", { clientUrl: urls[0]! }, options(servers))
  /** What a server says of its list. */
  const said = async (url: string) =>
    (
      await query(
        url,
        "select concat_ws(' ', name, generation, names) from caching_postgres_server"
      )
    )[0]

  it("One migration makes the tables on every server, and the cache works.", async () => {
    await migrateAll(urls)
    expect(await Promise.all(urls.map(said))).toEqual([
      "a 1 a,b,c",
      "b 1 a,b,c",
      "c 1 a,b,c",
    ])
    const logger = new TestLogger()
    const provider = testProvider(urls[0]!, options(urls), logger)
    await provider.set({ key: "k", data: 1, tags: ["t"] })
    expect(await provider.get({ key: "k" })).toBe(1)
    expect(await provider.get({ tags: ["t"] })).toEqual([1])
    await provider.close()
    expect(logger.complaints).toEqual([])
  })

  it("A server that is away is named, and the others are migrated all the same.", async () => {
    const away = "postgres://nobody:secret@127.0.0.1:1/none"
    const complaint = await migrateAll([urls[0]!, away, urls[2]!]).catch(
      (error: { stderr: string }) => error.stderr
    )
    expect(complaint).toMatch(
      /2 of 3 databases were migrated; these were not: server "b": /
    )
    expect(complaint).not.toMatch(/secret/)
    expect(await said(urls[0]!)).toBeUndefined()
    await migrateAll(urls)
    expect(await said(urls[1]!)).toBe("b 1 a,b,c")
  })

  it("A server that comes later holds no keys until it is taken into use.", async () => {
    await migrateAll(urls.slice(0, 2))
    await migrateAll(urls)
    expect(await Promise.all(urls.map(said))).toEqual([
      "a 1 a,b",
      "b 1 a,b",
      undefined,
    ])
  })

  it("A namespace that one server had to itself stays there until others are taken into use.", async () => {
    await migrate("run", { clientUrl: urls[1]! })
    const before = testProvider(
      urls[1]!,
      { namespace: "shop" },
      new TestLogger()
    )
    await before.set({ key: "k", data: "kept" })
    await before.close()

    await migrateAll(urls)
    expect(await Promise.all(urls.map(said))).toEqual([
      undefined,
      "b 1 b",
      undefined,
    ])
    const provider = testProvider(urls[0]!, options(urls), new TestLogger())
    expect(await provider.get({ key: "k" })).toBe("kept")
    await provider.close()
  })
})
