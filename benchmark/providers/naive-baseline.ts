import { Pool, type PoolClient } from "@medusajs/framework/pg"
import type { ICachingProviderService } from "@medusajs/framework/types"
import { DatabaseTables } from "./database-tables"
import type { ProviderUnderTest } from "./provider-under-test"

/** Normal form, foreign keys, an index for each way rows are looked for. */
const TABLES = `
create table if not exists entry (
  key text primary key,
  data text not null,
  auto_invalidate boolean not null,
  expires_at timestamptz not null
);
create table if not exists tag (
  id bigint generated always as identity primary key,
  name text not null unique
);
create table if not exists entry_tag (
  tag_id bigint not null references tag on delete cascade,
  entry_key text not null references entry on delete cascade,
  primary key (tag_id, entry_key)
);
create index if not exists entry_tag_entry_key_index on entry_tag (entry_key);
`

const DEADLOCK = "40P01"
const MAX_ATTEMPTS = 100

type Input<Method extends "get" | "set" | "clear"> = Parameters<
  ICachingProviderService[Method]
>[0]

/**
 * The naive baseline: a cache in PostgreSQL written with care but without optimisation. Its tables are normalised and
 * logged; it uses the shop's own pool, and for each call plain statements in a transaction.
 */
class NaiveBaseline implements ICachingProviderService {
  constructor(private readonly pool: Pool) {}

  async get({ key, tags }: Input<"get">): Promise<unknown> {
    if (key) {
      const { rows } = await this.pool.query<{ data: string }>(
        "select data from entry where key = $1 and expires_at > now()",
        [key]
      )
      return rows[0] ? JSON.parse(rows[0].data) : null
    }
    const { rows } = await this.pool.query<{ data: string }>(
      `select data from entry
       where expires_at > now() and key in (
         select et.entry_key from entry_tag et join tag t on t.id = et.tag_id
         where t.name = any($1))`,
      [tags ?? []]
    )
    return rows.map(({ data }) => JSON.parse(data) as unknown)
  }

  async set({ key, data, ttl, tags, options }: Input<"set">): Promise<void> {
    // In one order for everybody: two transactions that add the same tags must not wait in a circle.
    const names = [...new Set(tags)].sort()
    await this.inTransaction(async (client) => {
      await client.query(
        `insert into entry (key, data, auto_invalidate, expires_at)
         values ($1, $2, $3, now() + $4 * interval '1 second')
         on conflict (key) do update set data = excluded.data,
           auto_invalidate = excluded.auto_invalidate, expires_at = excluded.expires_at`,
        [
          key,
          JSON.stringify(data),
          options?.autoInvalidate ?? true,
          ttl ?? 3600,
        ]
      )
      await client.query("delete from entry_tag where entry_key = $1", [key])
      if (names.length > 0) {
        await client.query(
          "insert into tag (name) select unnest($1::text[]) on conflict do nothing",
          [names]
        )
        await client.query(
          "insert into entry_tag (tag_id, entry_key) select id, $2 from tag where name = any($1)",
          [names, key]
        )
      }
    })
  }

  async clear({ key, tags, options }: Input<"clear">): Promise<void> {
    if (tags?.includes("*")) {
      await this.write("delete from entry", [])
    } else if (key) {
      await this.write("delete from entry where key = $1", [key])
    } else if (!options || options.autoInvalidate === true) {
      await this.write(
        `delete from entry where (auto_invalidate or not $2) and key in (
           select et.entry_key from entry_tag et join tag t on t.id = et.tag_id
           where t.name = any($1))`,
        [tags ?? [], options !== undefined]
      )
    }
  }

  private write(text: string, values: unknown[]): Promise<void> {
    return this.inTransaction(async (client) => {
      await client.query(text, values)
    })
  }

  /** Once more when the server broke a deadlock: entries are locked in the order in which they are found. */
  private async inTransaction(
    work: (client: PoolClient) => Promise<void>
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.pool.connect()
      try {
        await client.query("begin")
        await work(client)
        await client.query("commit")
        return
      } catch (error) {
        await client.query("rollback")
        const deadlock = (error as { code?: string }).code === DEADLOCK
        if (!deadlock || attempt === MAX_ATTEMPTS) {
          throw error
        }
      } finally {
        client.release()
      }
    }
  }
}

export async function startNaiveBaseline(
  connectionString: string
): Promise<ProviderUnderTest> {
  const shopPool = new Pool({ connectionString })
  // Without a listener a connection that breaks while idle would end the process.
  shopPool.on("error", () => {})
  await shopPool.query(TABLES)
  const tables = await DatabaseTables.open(connectionString)

  return {
    cache: new NaiveBaseline(shopPool),
    shopPool,
    empty: () => tables.empty(),
    settle: () => tables.settle(),
    async close() {
      await shopPool.end()
      await tables.close()
    },
  }
}
