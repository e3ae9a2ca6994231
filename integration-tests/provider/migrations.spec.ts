import { Client } from "@medusajs/framework/pg"
import { MikroORM } from "@medusajs/framework/mikro-orm/postgresql"
import { resolveOptions, type CachingPostgresOptions } from "../../src/options"
import * as models from "../../src/models"
import { PostgresCachingProvider } from "../../src/services"
import {
  createTestDatabase,
  type TestDatabase,
} from "../support/postgres/test-database"
import { migrate } from "../support/provider/migrate"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

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

// Each migration is a process that loads MikroORM; several run in one test.
jest.setTimeout(120_000)

describe("migrations", () => {
  const open: TestDatabase[] = []
  afterAll(() => Promise.all(open.map((database) => database.drop())))

  async function database(): Promise<TestDatabase> {
    const created = await createTestDatabase()
    open.push(created)
    return created
  }

  async function query<Row extends object>(
    url: string,
    text: string
  ): Promise<Row[]> {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Row>(text)).rows
    } finally {
      await client.end()
    }
  }

  /** Tables, indexes, sequences and the like of ours, as `schema.name persistence`; and functions. */
  const objects = async (url: string) =>
    (
      await query<{ object: string }>(
        url,
        `select n.nspname || '.' || c.relname || ' ' || c.relpersistence::text as object
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relname like 'caching\\_postgres%'
         union all
         select n.nspname || '.' || p.proname || ' function'
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where p.proname like 'caching\\_postgres%' order by 1`
      )
    ).map(({ object }) => object)

  const worksWith = async (
    clientUrl: string,
    options: CachingPostgresOptions = {}
  ) => {
    const logger = new TestLogger()
    const provider = new PostgresCachingProvider({
      logger: logger.asMedusaLogger,
      cachingPostgresOptions: resolveOptions(
        { sweep: false, ...options },
        { database: { clientUrl } }
      ),
    })
    await provider.set({ key: "k", data: { works: true }, tags: ["t"] })
    expect(await provider.get({ tags: ["t"] })).toEqual([{ works: true }])
    await provider.clear({ tags: ["*"] })
    await provider.close()
    expect(logger.complaints).toEqual([])
  }

  it("Migrations make unlogged tables, and take them away without a trace.", async () => {
    const { url } = await database()
    await migrate("run", { clientUrl: url })
    const made = await objects(url)
    for (const table of TABLES) {
      expect(made).toContain(`public.${table} u`)
    }
    expect(made).toContain("public.caching_postgres_stale_fills function")
    expect(made).toContain("public.caching_postgres_invalidate function")
    await worksWith(url)

    await migrate("revert", { clientUrl: url })
    expect(await objects(url)).toEqual([])

    await migrate("run", { clientUrl: url })
    await worksWith(url)
  })

  it("Migrations run again without harm, keeping what is cached.", async () => {
    const { url } = await database()
    await migrate("run", { clientUrl: url })
    const made = await objects(url)
    await migrate("run", { clientUrl: url })
    expect(await objects(url)).toEqual(made)
  })

  it("Migrations run from several processes at once.", async () => {
    const { url } = await database()
    await Promise.all(
      Array.from({ length: 4 }, () => migrate("run", { clientUrl: url }))
    )
    expect(await query(url, "select from mikro_orm_migrations")).toHaveLength(1)
    await worksWith(url)
  })

  describe("a lock held over an idle connection", () => {
    /** A migration that waits for the ledger, until the test says so. */
    const stalled = async (url: string) => {
      await migrate("run", { clientUrl: url })
      const client = new Client({ connectionString: url })
      await client.connect()
      await client.query("set idle_in_transaction_session_timeout = 0")
      await client.query("begin")
      await client.query("lock table mikro_orm_migrations")
      const migrated = migrate("run", { clientUrl: url })
      for (let waits = false; !waits;) {
        const { rowCount } = await client.query(
          "select from pg_locks where not granted and relation = 'mikro_orm_migrations'::regclass"
        )
        waits = rowCount > 0
      }
      return {
        /** @returns what the migration complained of */
        end: async () => {
          await client.end()
          return migrated
        },
      }
    }

    /** The connections that hold the lock. */
    const HOLDERS = `
      from pg_stat_activity
      where datname = current_database() and application_name = 'medusa-caching-postgres'
        and state = 'idle in transaction'`

    it("A migration goes on with a warning when the server ends the connection that holds its lock.", async () => {
      const { url } = await database()
      const { end } = await stalled(url)
      const ended = await query(
        url,
        `select pg_terminate_backend(pid) ${HOLDERS}`
      )
      expect(ended).toHaveLength(1)
      await waitFor("the connection to end", async () => {
        const holders = await query(url, `select ${HOLDERS}`)
        return holders.length === 0 || undefined
      })
      expect(await end()).toMatch(
        /^\[caching-postgres\] the migration of schema "public" lost its lock, and goes on: .+\n$/
      )
      await worksWith(url)
    })

    it("A migration keeps its lock where the server ends idle transactions.", async () => {
      const { url } = await database()
      const { pathname } = new URL(url)
      await query(
        url,
        `alter database ${pathname.slice(1)} set idle_in_transaction_session_timeout = '1s'`
      )
      const { end } = await stalled(url)
      // Longer than the server would bear.
      await query(url, "select pg_sleep(2)")
      expect(await query(url, `select ${HOLDERS}`)).toHaveLength(1)
      expect(await end()).toBe("")
    })
  })

  it("Migrations go on after having been interrupted.", async () => {
    const { url } = await database()
    await migrate("run", { clientUrl: url })
    // As if the process had died before it could note what it had done, and with less than all.
    await query(
      url,
      `delete from mikro_orm_migrations;
       drop table caching_postgres_entry_option;
       drop index caching_postgres_entry_tag_id_index;
       drop table caching_postgres_invalidation;
       drop function caching_postgres_stale_fills;
       drop function caching_postgres_invalidate;`
    )
    const complete = await database()
    await migrate("run", { clientUrl: complete.url })
    await migrate("run", { clientUrl: url })
    expect(await objects(url)).toEqual(await objects(complete.url))
    await worksWith(url)
  })

  it("Migrations follow the shop's schema.", async () => {
    const { url } = await database()
    const shop = { clientUrl: url, schema: "shop" }
    await migrate("run", shop)
    expect(
      (await objects(url)).every((object) => object.startsWith("shop."))
    ).toBe(true)
    await worksWith(url, { database: { schema: "shop" } })
    await migrate("revert", shop)
    expect(await objects(url)).toEqual([])
  })

  it("One run of migrations serves each registration's own database and schema.", async () => {
    const [shop, own] = [await database(), await database()]
    const registrations = [
      {},
      { database: { schema: "cache" } },
      { database: { clientUrl: own.url }, namespace: "medusa" },
      { database: { clientUrl: own.url, schema: "deep" }, namespace: "n" },
    ]
    await migrate("run", { clientUrl: shop.url }, ...registrations)
    for (const options of registrations) {
      await worksWith(shop.url, options)
    }
    const schemas = async (url: string) =>
      new Set((await objects(url)).map((object) => object.split(".")[0]))
    expect(await schemas(shop.url)).toEqual(new Set(["public", "cache"]))
    expect(await schemas(own.url)).toEqual(new Set(["public", "deep"]))

    await migrate("revert", { clientUrl: shop.url }, ...registrations)
    expect(await objects(shop.url)).toEqual([])
    expect(await objects(own.url)).toEqual([])
  })

  it("Migrations make exactly what the models describe.", async () => {
    const { url } = await database()
    await migrate("run", { clientUrl: url })
    const orm = await MikroORM.init({
      clientUrl: url,
      entities: Object.values(models),
      discovery: { disableDynamicFileAccess: true },
      schemaGenerator: { ignoreSchema: [] },
    })
    const drift = async () => {
      const sql = await orm.schema.getUpdateSchemaSQL({ wrap: false })
      // The ledger of migrations has no model.
      return sql
        .split("\n")
        .filter((line) => line.trim() && !line.includes("mikro_orm_migrations"))
    }
    try {
      expect(await drift()).toEqual([])
      await query(
        url,
        "alter table caching_postgres_entry add column more text"
      )
      expect(await drift()).not.toEqual([])
    } finally {
      await orm.close()
    }
  })
})
