import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { report } from "../support/cli/doctor"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { type TestCache, testCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

/** Roles belong to the server, which other spec files use at the same time. */
const ROLE = `caching_postgres_guest_${randomBytes(6).toString("hex")}`

/** The grants of docs/least-privilege.sql but for the one on the schema, which every role has on "public". */
const documented = readFileSync(
  join(__dirname, "../../docs/least-privilege.sql"),
  "utf8"
)
  .replaceAll(':"role"', ROLE)
  .replaceAll(':"schema"', "public")
  .split("\n")
  .filter((line) => line.startsWith("grant") && !line.includes("on schema"))

describe("doctor on a database with problems", () => {
  const cache = testCache()

  beforeEach(() => cache.provider().sweep())

  /** The exit code, and all findings that are not ok. */
  const notOk = async (url = cache.url): Promise<[number, ...string[]]> => {
    const { code, findings } = await report(url)
    const wrong = findings.filter(({ status }) => status !== "ok")
    expect(wrong.filter(({ advice }) => !advice)).toEqual([])
    return [
      code,
      ...wrong.map(
        ({ status, check, message }) => `${status}: ${check}: ${message}`
      ),
    ]
  }

  it("The doctor warns of migrations that the ledger does not name.", async () => {
    await cache.sql("alter table mikro_orm_migrations rename to hidden")
    try {
      expect(await notOk()).toEqual([
        0,
        expect.stringMatching(
          /^warning: migrations: .* mikro_orm_migrations does not name Migration\d+CachingPostgresCreateTables$/
        ),
      ])
    } finally {
      await cache.sql("alter table hidden rename to mikro_orm_migrations")
    }
  })

  it("The doctor refuses tables that Citus has distributed, and accepts those that it keeps as they are.", async () => {
    // Stands for Citus, which is not there: its table of metadata, as far as the doctor reads it.
    await cache.sql(`
      set allow_system_table_mods = on;
      create table pg_catalog.pg_dist_partition
        (logicalrelid regclass, partmethod "char", repmodel "char", colocationid integer)`)
    try {
      await cache.sql(
        "insert into pg_dist_partition values ('caching_postgres_minute', 'n', 's', 0)"
      )
      expect(await notOk()).toEqual([0])
      await cache.sql(`
        insert into pg_dist_partition values
          ('caching_postgres_entry', 'h', 's', 1), ('caching_postgres_lease', 'n', 't', 2),
          ('caching_postgres_entry_tag', 'n', 's', 3)`)
      expect(await notOk()).toEqual([
        1,
        "problem: citus: Citus has distributed caching_postgres_entry, caching_postgres_entry_tag, caching_postgres_lease: sets take many times as long or are refused, and notifications are lost",
      ])
    } finally {
      await cache.sql("drop table pg_catalog.pg_dist_partition")
    }
  })

  it("The doctor warns of logged tables next to unlogged ones, and accepts it if all are logged.", async () => {
    await cache.sql("alter table caching_postgres_entry_tag set logged")
    expect(await notOk()).toEqual([
      0,
      "warning: storage: some tables are logged, and caching_postgres_entry, caching_postgres_entry_option, caching_postgres_invalidation, caching_postgres_lease, caching_postgres_minute, caching_postgres_process, caching_postgres_sweep not: a crash of the server would empty some of them",
    ])
    for (const name of [
      "entry",
      "entry_option",
      "sweep",
      "invalidation",
      "minute",
      "process",
      "lease",
    ]) {
      await cache.sql(`alter table caching_postgres_${name} set logged`)
    }
    const { code, findings } = await report(cache.url)
    expect(code).toBe(0)
    expect(findings.find(({ check }) => check === "storage")?.message).toMatch(
      /^logged: the cache survives a crash/
    )
    for (const name of [
      "entry",
      "entry_tag",
      "entry_option",
      "sweep",
      "invalidation",
      "minute",
      "process",
      "lease",
    ]) {
      await cache.sql(`alter table caching_postgres_${name} set unlogged`)
    }
  })

  it("The doctor names an index that is not valid.", async () => {
    await cache.provider().set({ key: "a", data: {}, ttl: 0 })
    await cache.provider().set({ key: "b", data: {}, ttl: 0 })
    await expect(
      cache.sql(
        "create unique index concurrently broken on caching_postgres_entry (expires_at)"
      )
    ).rejects.toThrow(/could not create unique index/)
    expect(await notOk()).toEqual([
      1,
      "problem: indexes: the index broken is not valid: the server does not use it",
    ])
    await cache.sql("drop index broken")
  })

  it("The doctor warns of autovacuum that is off, and of dead rows that are not removed.", async () => {
    const table = "caching_postgres_entry_tag"
    await cache.sql(`alter table ${table} set (autovacuum_enabled = off)`)
    await cache.sql(
      `insert into ${table} (id, tag_digest) select n, gen_random_uuid() from generate_series(1, 20000) n`
    )
    await cache.sql(`delete from ${table}`)
    await statisticsOf(cache, table, 20_000)
    expect(await notOk()).toEqual([
      0,
      `warning: autovacuum: autovacuum is off for ${table}`,
      `warning: autovacuum: ${table} has 20,000 dead rows, 100 % of all; last vacuum: never`,
    ])
    await cache.sql(`alter table ${table} reset (autovacuum_enabled)`)
    await cache.sql(`truncate ${table}`)
    await statisticsOf(cache, table, 0)
  })

  it("The doctor names the grants that the role lacks.", async () => {
    await cache.sql(`create role ${ROLE}`)
    await cache.sql(
      "revoke execute on function caching_postgres_stale_fills, caching_postgres_invalidate, caching_postgres_is_invalidated, caching_postgres_remove_invalidated, caching_postgres_take_lease from public"
    )
    try {
      const url = `${cache.url}?options=${encodeURIComponent(`-c role=${ROLE}`)}`
      const { code, findings } = await report(url)
      expect(code).toBe(1)
      const { advice } = findings.find(({ check }) => check === "rights")!
      const grants = advice!.replace("As their owner: ", "")
      expect(
        grants.split("; ").filter((grant) => !grant.includes("schema"))
      ).toEqual([
        `grant execute on function public.caching_postgres_invalidate to ${ROLE}`,
        `grant execute on function public.caching_postgres_is_invalidated to ${ROLE}`,
        `grant execute on function public.caching_postgres_remove_invalidated to ${ROLE}`,
        `grant execute on function public.caching_postgres_stale_fills to ${ROLE}`,
        `grant execute on function public.caching_postgres_take_lease to ${ROLE}`,
        `grant select, insert, update on table public.caching_postgres_server to ${ROLE}`,
        `grant select, insert, update on table public.caching_postgres_sweep to ${ROLE}`,
        `grant select, insert, update, delete on table public.caching_postgres_entry to ${ROLE}`,
        `grant select, insert, update, delete on table public.caching_postgres_entry_option to ${ROLE}`,
        `grant select, insert, update, delete on table public.caching_postgres_entry_tag to ${ROLE}`,
        `grant select, insert, update, delete on table public.caching_postgres_invalidation to ${ROLE}`,
        `grant select, insert, update, delete on table public.caching_postgres_lease to ${ROLE}`,
        `grant select, insert, update, delete on table public.caching_postgres_minute to ${ROLE}`,
        `grant select, insert, update, delete on table public.caching_postgres_process to ${ROLE};`,
      ])
      for (const grant of documented) {
        expect(grants).toContain(grant)
      }

      await cache.sql(grants)
      // It may not read the ledger of migrations, and need not.
      expect(await notOk(url)).toEqual([0])
    } finally {
      await cache.sql(`drop owned by ${ROLE}`)
      await cache.sql(`drop role ${ROLE}`)
      await cache.sql(
        "grant execute on function caching_postgres_stale_fills, caching_postgres_invalidate, caching_postgres_is_invalidated, caching_postgres_remove_invalidated, caching_postgres_take_lease to public"
      )
    }
  })

  it.each(["caching_postgres_stale_fills", "caching_postgres_invalidate"])(
    "The doctor names the function %s when it is missing.",
    async (name) => {
      const rename = (from: string, to: string) =>
        cache.sql(`alter function ${from} rename to ${to}`)
      await rename(name, "hidden")
      expect(await notOk()).toEqual([
        1,
        `problem: tables: the function ${name} is missing`,
      ])
      await rename("hidden", name)
    }
  )

  it("The doctor finds a pooler in transaction mode that does not keep prepared statements.", async () => {
    const pooler = await TransactionPooler.start(cache.url, 3)
    try {
      expect(await notOk(pooler.url)).toEqual([
        0,
        expect.stringMatching(
          /^warning: prepared statements: .*prepared statement ".*" (already exists|does not exist)$/
        ),
        expect.stringMatching(
          /^warning: notifications: a NOTIFY does not arrive/
        ),
      ])
    } finally {
      await pooler.stop()
    }
  })

  // The last one: it leaves nothing that could be put right.
  it("The doctor names missing tables, columns, keys and indexes, wrong types, and further columns.", async () => {
    await cache.sql(`
      alter table caching_postgres_entry
        drop constraint caching_postgres_entry_id_unique,
        drop column previous_id,
        alter column created_at type timestamp,
        alter column expires_at drop not null,
        add column more text;
      alter table caching_postgres_entry_tag
        drop constraint caching_postgres_entry_tag_pkey,
        add column required text not null;
      drop index caching_postgres_entry_tag_id_index;
      create index caching_postgres_entry_tag_id_index
        on caching_postgres_entry_tag (id) where id > 0;
      drop table caching_postgres_entry_option;
      alter table caching_postgres_invalidation drop column created_at;
    `)
    const [code, ...found] = await notOk()
    expect(code).toBe(1)
    expect(found.sort()).toEqual([
      'problem: migrations: no table caching_postgres_entry_option in schema "public"',
      "problem: tables: caching_postgres_entry has no unique index on (id)",
      "problem: tables: caching_postgres_entry_tag has no index on (id)",
      "problem: tables: caching_postgres_entry_tag has no primary key on (tag_digest, id)",
      "problem: tables: column caching_postgres_entry.created_at is timestamp without time zone instead of timestamp with time zone",
      "problem: tables: column caching_postgres_entry.expires_at must be not null",
      "problem: tables: column caching_postgres_entry.previous_id is missing",
      "problem: tables: column caching_postgres_entry_tag.required is not the package's, and has no default: sets fail",
      "problem: tables: column caching_postgres_invalidation.created_at is missing",
      "warning: tables: column caching_postgres_entry.more is not the package's",
    ])
  })
})

/** Statistics come some time after what they are about. */
async function statisticsOf(
  cache: TestCache,
  table: string,
  deadRows: number
): Promise<void> {
  await waitFor(
    `statistics of ${table} with ${deadRows} dead rows`,
    async () => {
      const [row] = await cache.sql<{ dead: string }>(
        "select n_dead_tup as dead from pg_stat_all_tables where relname = $1",
        [table]
      )
      return Number(row!.dead) === deadRows || undefined
    }
  )
}
