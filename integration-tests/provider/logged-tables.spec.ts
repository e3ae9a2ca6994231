import { NAMES, TABLE_NAMES } from "../../src/sql"
import { migrate } from "../support/provider/migrate"
import { testCache } from "../support/provider/test-cache"

// Each migration is a process that loads MikroORM; several run in one test.
jest.setTimeout(120_000)

describe("the option `logged`", () => {
  const cache = testCache()

  /** Which kinds there are among tables and indexes: "p" for logged, "u" for unlogged. */
  const persistence = async (schema = "public") => {
    const kinds = await cache.sql<{ relpersistence: string }>(
      `select distinct relpersistence from pg_class
       where relnamespace = $1::regnamespace and relname like 'caching\\_postgres%' and relkind in ('r', 'i')
         and relname not like $2`,
      [schema, `${NAMES.server}%`]
    )
    return kinds.map((kind) => kind.relpersistence)
  }

  it("A migration makes the tables logged, and unlogged again, as the option says, and the cache works either way.", async () => {
    const provider = cache.provider()
    const works = async (n: number) => {
      await provider.set({ key: `k${n}`, data: { n }, tags: ["t"] })
      expect(await provider.get({ tags: ["t"] })).toEqual([{ n }])
      await provider.clear({ tags: ["t"] })
      expect(await provider.get({ key: `k${n}` })).toBeNull()
      expect(await provider.sweep()).toBeDefined()
      await provider.set({ key: "kept", data: { n } })
    }
    const shop = { clientUrl: cache.url }
    expect(await persistence()).toEqual(["u"])
    await works(1)
    await migrate("run", shop, { logged: true })
    expect(await persistence()).toEqual(["p"])
    expect(await provider.get({ key: "kept" })).toEqual({ n: 1 })
    await works(2)
    await migrate("run", shop)
    expect(await persistence()).toEqual(["u"])
    expect(await provider.get({ key: "kept" })).toEqual({ n: 2 })
    await works(3)
  })

  it("A migration that was interrupted between two tables is completed by the next.", async () => {
    await cache.sql("alter table caching_postgres_entry set logged")
    await migrate("run", { clientUrl: cache.url }, { logged: true })
    expect(await persistence()).toEqual(["p"])
    await migrate("run", { clientUrl: cache.url })
  })

  it("Registrations with tables of their own may differ in whether these are logged.", async () => {
    await migrate(
      "run",
      { clientUrl: cache.url },
      {},
      { logged: true, database: { schema: "cache" } }
    )
    expect(await persistence()).toEqual(["u"])
    expect(await persistence("cache")).toEqual(["p"])
  })

  it("A migration is refused, and changes nothing, where registrations that share tables differ.", async () => {
    const complaint = await migrate(
      "run",
      { clientUrl: cache.url },
      { logged: true },
      { namespace: "other" }
    ).catch((error: { stderr: string }) => error.stderr)
    expect(complaint).toContain(
      'option "logged": got true and false for the providers "cache-0" and "cache-1"'
    )
    expect(await persistence()).toEqual(["u"])
  })

  it("The list of tables that follow the option names every table that there is, but the list of servers, which is logged.", async () => {
    const tables = await cache.sql<{ name: string }>(
      `select relname::text as name from pg_class
       where relnamespace = 'public'::regnamespace and relname like 'caching\\_postgres%' and relkind = 'r'`
    )
    expect(tables.map(({ name }) => name).sort()).toEqual(
      [...TABLE_NAMES, NAMES.server].sort()
    )
  })
})
