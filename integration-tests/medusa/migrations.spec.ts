import type { Client } from "@medusajs/framework/pg"
import { CacheTables, PREPARATION_LIMIT_MS, ShopFixture } from "../support/shop"
import { createTestDatabase } from "../support/postgres/test-database"

const COMMAND_LIMIT_MS = 120_000
/** Medusa's own scripts, for which it boots a shop once more, have been run with the first migration. */
const MIGRATE_AGAIN = ["db:migrate", "--skip-scripts", "--execute-safe-links"]
const TABLES = [
  "caching_postgres_entry",
  "caching_postgres_entry_option",
  "caching_postgres_entry_tag",
  "caching_postgres_invalidation",
  "caching_postgres_lease",
  "caching_postgres_minute",
  "caching_postgres_process",
  "caching_postgres_sweep",
]

const CATALOG = `
  select 'relation' as kind, c.oid::regclass::text as name, c.relkind::text || c.relpersistence::text as detail
    from pg_class c where c.relnamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'column', a.attrelid::regclass::text || '.' || a.attname,
      format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = any ($1::regnamespace[]::oid[]) and a.attnum > 0 and not a.attisdropped
  union all
  select 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'constraint', conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'type', t.oid::regtype::text, t.typtype::text from pg_type t where t.typnamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'function', p.oid::regprocedure::text, p.prosrc from pg_proc p where p.pronamespace = any ($1::regnamespace[]::oid[])
  union all
  select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal`

/** Everything that a database holds, a line each, but for the rows: what a migration can make or leave behind. */
async function readCatalog(
  client: Client,
  schema = "public"
): Promise<string[]> {
  const { rows } = await client.query<{
    kind: string
    name: string
    detail: string
  }>(CATALOG, [[schema]])

  return rows
    .map(({ kind, name, detail }) => `${kind} ${name}: ${detail}`)
    .sort()
}

/** What the ledger that all of Medusa's modules share says of the provider's migrations. */
async function readLedger(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select name from mikro_orm_migrations where name ilike '%cachingpostgres%' order by name"
  )

  return rows.map(({ name }) => name)
}

/** In the order of a shop's life: each part starts from the database that the one before it left. */
describe("Medusa's database commands", () => {
  let fixture: ShopFixture
  let migrated: string[]

  beforeAll(async () => {
    fixture = await ShopFixture.open()
    migrated = await readCatalog(fixture.tables.client)
  }, PREPARATION_LIMIT_MS)

  afterAll(async () => {
    await fixture?.close()
  })

  it("db:migrate makes the tables from nothing, unlogged.", async () => {
    for (const table of TABLES) {
      expect(migrated).toContain(`relation ${table}: ru`)
    }
    expect(await readLedger(fixture.tables.client)).not.toEqual([])
  })

  it(
    "db:migrate sweeps nothing, not even when a sweep is due every second.",
    async () => {
      const { tables } = fixture
      await tables.insertExpired("expired")
      await fixture.folder.mustRun(MIGRATE_AGAIN, {
        databaseUrl: fixture.database.url,
        cacheOptions: { sweep: "* * * * * *" },
      })

      expect(await tables.rowsOf("expired")).toBe(1)
      await tables.empty()
    },
    COMMAND_LIMIT_MS
  )

  it(
    "db:migrate makes the tables logged and unlogged again, as the option says, and says so in one line.",
    async () => {
      for (const [logged, kind, mark] of [
        [true, "logged", "rp"],
        [false, "unlogged", "ru"],
      ] as const) {
        const { output } = await fixture.folder.mustRun(MIGRATE_AGAIN, {
          databaseUrl: fixture.database.url,
          cacheOptions: { logged },
        })

        const said = `these tables are ${kind} now: ${TABLES.join(", ")}`
        expect(output.split(said)).toHaveLength(2)
        expect(output).not.toContain("the cache is on")
        const catalog = await readCatalog(fixture.tables.client)
        for (const table of TABLES) {
          expect(catalog).toContain(`relation ${table}: ${mark}`)
        }
      }
      expect(await readCatalog(fixture.tables.client)).toEqual(migrated)
    },
    COMMAND_LIMIT_MS
  )

  it(
    "db:rollback caching removes all that the provider has made, and nothing else.",
    async () => {
      await fixture.folder.mustRun(["db:rollback", "caching"], {
        databaseUrl: fixture.database.url,
      })

      const left = await readCatalog(fixture.tables.client)
      expect(left.filter((line) => line.includes("caching_postgres"))).toEqual(
        []
      )
      expect(left).toEqual(
        migrated.filter((line) => !line.includes("caching_postgres"))
      )
      expect(await readLedger(fixture.tables.client)).toEqual([])
    },
    COMMAND_LIMIT_MS
  )

  it(
    "db:migrate makes the same again after a rollback.",
    async () => {
      await fixture.folder.mustRun(MIGRATE_AGAIN, {
        databaseUrl: fixture.database.url,
      })

      expect(await readCatalog(fixture.tables.client)).toEqual(migrated)
    },
    COMMAND_LIMIT_MS
  )

  it(
    "db:migrate and db:rollback work in a database and a schema of the cache's own.",
    async () => {
      const own = await createTestDatabase()
      const inOwn = await CacheTables.open(own.url)
      const options = {
        databaseUrl: fixture.database.url,
        cacheOptions: {
          database: { clientUrl: own.url, schema: "cache" },
          namespace: "shop",
        },
      }

      try {
        await fixture.folder.mustRun(MIGRATE_AGAIN, options)
        expect(
          (await readCatalog(inOwn.client, "cache")).filter((line) =>
            line.endsWith(": ru")
          )
        ).toEqual(TABLES.map((table) => `relation cache.${table}: ru`))

        await fixture.folder.mustRun(["db:rollback", "caching"], options)
        const left = await readCatalog(inOwn.client, "cache")
        expect(
          left.filter((line) => line.includes("caching_postgres"))
        ).toEqual([])
      } finally {
        await inOwn.close()
        await own.drop()
      }
    },
    COMMAND_LIMIT_MS
  )

  it(
    "db:generate finds nothing to generate, and writes nothing into the package.",
    async () => {
      const before = await fixture.folder.fingerprint()

      const { output } = await fixture.folder.mustRun(
        ["db:generate", "caching"],
        {
          databaseUrl: fixture.database.url,
        }
      )

      expect(output).toContain("No changes detected")
      expect(output).not.toContain("Generated successfully")
      expect(await fixture.folder.fingerprint()).toBe(before)
    },
    COMMAND_LIMIT_MS
  )
})
