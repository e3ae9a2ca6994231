import { readFileSync } from "node:fs"
import { join } from "node:path"
import { TestCache } from "../support/provider/test-cache"

/** The statement in docs/operating.md that makes the tables logged. */
const [, toLogged] = /```sql\n(do .*?)```/s.exec(
  readFileSync(join(__dirname, "../../docs/operating.md"), "utf8")
)!

describe("the tables", () => {
  let cache: TestCache

  beforeAll(async () => {
    cache = await TestCache.create()
  })
  afterAll(() => cache.close())

  const persistence = async () => {
    const tables = await cache.sql<{ relpersistence: string }>(`
      select distinct relpersistence from pg_class
      where relname like 'caching\\_postgres%' and relkind in ('r', 'i')`)
    return tables.map((table) => table.relpersistence)
  }

  it("The documented statement makes all tables logged, and unlogged again, and the cache works either way", async () => {
    const provider = cache.provider()
    // A key for each round: an unfilled miss of one round counts for the next set of the same key.
    const works = async (n: number) => {
      const key = `k${n}`
      await provider.set({ key, data: { n }, tags: ["t"] })
      expect(await provider.get({ tags: ["t"] })).toEqual([{ n }])
      await provider.clear({ tags: ["t"] })
      expect(await provider.get({ key })).toBeNull()
      expect(await provider.sweep()).toBeDefined()
    }
    expect(await persistence()).toEqual(["u"])
    await works(1)
    await cache.sql(toLogged!)
    expect(await persistence()).toEqual(["p"])
    await works(2)
    await cache.sql(toLogged!.replaceAll("set logged", "set unlogged"))
    expect(await persistence()).toEqual(["u"])
    await works(3)
  })
})
