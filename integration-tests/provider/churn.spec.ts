import { type TestCache, testCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

/** Few, so that each is cached again within the first quarter: until then the tables grow. */
const PRODUCTS = 40
const LISTS = 20
const PRODUCTS_PER_LIST = 20
/** An hour with a product write every fifteen seconds; autovacuum looks once a minute. */
const MINUTES = 60
const WRITES_PER_MINUTE = 4

const product = (number: number) => ({
  id: `prod_${number}`,
  tags: [
    `Product:prod_${number}`,
    ...[0, 1, 2, 3].map((n) => `ProductVariant:variant_${number}_${n}`),
  ],
})

/**
 * An hour of a shop in which every product write clears all lists and one page, and visitors fill
 * them again.
 */
describe("an hour of a shop's changes", () => {
  const cache = testCache()
  const sizes: { minute: number; bytes: number }[] = []
  const shares: { dead: number; live: number }[] = []

  type Provider = ReturnType<TestCache["provider"]>

  const setList = (provider: Provider, list: number) => {
    const products = Array.from({ length: PRODUCTS_PER_LIST }, (_, n) =>
      product((list * 7 + n) % PRODUCTS)
    )
    return provider.set({
      key: `list ${list}`,
      data: { products, text: "words ".repeat(300) },
      tags: ["Product:list:*", ...products.flatMap(({ tags }) => tags)],
    })
  }

  const setPage = (provider: Provider, number: number) =>
    provider.set({
      key: `page ${number}`,
      data: product(number),
      tags: product(number).tags,
      options: number % 10 ? undefined : { autoInvalidate: false },
    })

  const change = async (provider: Provider, number: number) => {
    const clears = [["Product:list:*"], [`Product:prod_${number}`]]
    await Promise.all(
      clears.map((tags) =>
        provider.clear({ tags, options: { autoInvalidate: true } })
      )
    )
    await Promise.all([
      ...Array.from({ length: LISTS }, (_, list) => setList(provider, list)),
      setPage(provider, number),
    ])
  }

  const measure = async (minute: number) => {
    const [size] = await cache.sql<{ bytes: string }>(`
      select sum(pg_total_relation_size(oid)) as bytes
      from pg_class where relname like 'caching\\_postgres\\_entry%' and relkind = 'r'`)
    const [rows] = await cache.sql<{ dead: string; live: string }>(`
      select count(*) filter (where e.id is null) as dead, count(e.id) as live
      from caching_postgres_entry_tag t left join caching_postgres_entry e using (id)`)
    sizes.push({ minute, bytes: Number(size!.bytes) })
    shares.push({ dead: Number(rows!.dead), live: Number(rows!.live) })
  }

  const countedScans = async (table: string) => {
    const [row] = await cache.sql<{ seq_scan: string }>(
      `select seq_scan from pg_stat_all_tables where relname = 'caching_postgres_${table}'`
    )
    return Number(row!.seq_scan)
  }

  /**
   * Sequential scans of a table by connections that have ended, and by this test's own. Connections report
   * their scans late, and some only when they end. So this waits until the scan of another table, made
   * after all of them, is reported.
   */
  const sequentialScans = async (table: string) => {
    await waitFor("the cache's connections to close", async () => {
      const open = await cache.sql(
        `select from pg_stat_activity
         where datname = current_database() and application_name = 'medusa-caching-postgres'`
      )
      return open.length === 0 || undefined
    })
    const before = await countedScans("sweep")
    await cache.sql("select count(*) from caching_postgres_sweep")
    await waitFor(
      "the scan of another table to be reported",
      async () => (await countedScans("sweep")) > before || undefined
    )
    return countedScans(table)
  }

  beforeAll(async () => {
    // The test vacuums by itself. While autovacuum analyzes a table, nobody can remove the rows that died since.
    for (const name of ["entry", "entry_tag", "entry_option"]) {
      await cache.sql(
        `alter table caching_postgres_${name} set (autovacuum_enabled = false)`
      )
    }
    const [one, other] = [cache.provider(), cache.provider()]
    for (let number = 0; number < PRODUCTS; number++) {
      await setPage(one, number)
    }
    for (let minute = 0; minute < MINUTES; minute++) {
      for (let write = 0; write < WRITES_PER_MINUTE; write++) {
        const number = (minute * WRITES_PER_MINUTE + write) % PRODUCTS
        await change(write % 2 ? one : other, number)
      }
      await one.sweep()
      await measure(minute)
      // A real minute leaves plenty of time to clean up before autovacuum comes.
      await Promise.all([one.idle(), other.idle()])
      // As autovacuum would at the end of the minute, given the tables' settings.
      await cache.sql(
        "vacuum (analyze) caching_postgres_entry, caching_postgres_entry_tag, caching_postgres_entry_option"
      )
    }
    await Promise.all([one.close(), other.close()])
  }, 180_000)

  it("Tags of entries that are gone do not pile up.", () => {
    expect(shares).toHaveLength(MINUTES)
    for (const { dead, live } of shares) {
      // The orphans of the last change or two are being removed while they are counted.
      expect(dead).toBeLessThanOrEqual(2 * live)
    }
  })

  it("Nothing is left of an hour of changes once all is cleared and swept.", async () => {
    await cache.rows()
    await measure(MINUTES)
    const { dead, live } = shares.at(-1)!
    expect(live).toBe(PRODUCTS * 5 + LISTS * (1 + PRODUCTS_PER_LIST * 5))
    expect(dead).toBe(0)
  })

  it("Tables and indexes stop growing under constant changes.", () => {
    const mostOf = (minutes: typeof sizes) =>
      Math.max(...minutes.map(({ bytes }) => bytes))
    const quarter = MINUTES / 4
    const first = mostOf(sizes.slice(0, quarter))
    // Four times as many by then, if they grew on. A vacuum that comes late once is no growth.
    expect(mostOf(sizes.slice(-quarter))).toBeLessThan(first * 2)
  })

  it("The tables' settings have autovacuum come every minute.", async () => {
    const tables = await cache.sql<{ due: boolean }>(`
      select (o->>'autovacuum_vacuum_threshold')::int
        + (o->>'autovacuum_vacuum_scale_factor')::float * c.reltuples
        < ${WRITES_PER_MINUTE * LISTS * PRODUCTS_PER_LIST * 5} as due
      from pg_class c, lateral (
        select json_object(array_agg(split_part(s, '=', 1)), array_agg(split_part(s, '=', 2))) as o
        from unnest(c.reloptions) s) settings
      where c.relname = 'caching_postgres_entry_tag'`)
    expect(tables).toEqual([{ due: true }])
  })

  it("Every statement still finds its rows by index after an hour of changes.", async () => {
    const before = await sequentialScans("entry_tag")
    const provider = cache.provider()
    await change(provider, 1)
    await provider.get({ tags: ["Product:prod_1"] })
    await provider.idle()
    await provider.sweep()
    await provider.close()
    expect(await sequentialScans("entry_tag")).toBe(before)
  })
})
