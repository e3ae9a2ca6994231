import { Client } from "@medusajs/framework/pg"

/** A live entry, as the tables show it. */
export interface CacheEntry {
  /** Changes with every `set` of the key. */
  readonly id: string
  readonly key: string
  readonly data: unknown
  readonly tags: number
  readonly autoInvalidate: boolean
  readonly secondsLeft: number
}

type EntryRow = Record<
  "id" | "key" | "data" | "tags" | "seconds_left",
  string
> & { auto_invalidate: boolean }

/** A look into the cache past the provider, on a connection of its own. Keys are those of the shop. */
export class CacheTables {
  constructor(readonly client: Client) {}

  static async open(connectionString: string): Promise<CacheTables> {
    const client = new Client({
      connectionString,
      application_name: "look-into-the-cache",
    })
    await client.connect()
    return new CacheTables(client)
  }

  async close(): Promise<void> {
    await this.client.end()
  }

  /** The entries that a reader may still get. */
  async entries(): Promise<CacheEntry[]> {
    const { rows } = await this.client.query<EntryRow>(`
      select e.id, e.key, e.data,
        (select count(*) from caching_postgres_entry_tag t where t.id = e.id) as tags,
        coalesce(o.auto_invalidate, true) as auto_invalidate,
        extract(epoch from e.expires_at - clock_timestamp()) as seconds_left
      from caching_postgres_entry e
      left join caching_postgres_entry_option o on o.id = e.id
      where e.expires_at > clock_timestamp()
      order by e.id`)
    return rows.map((row) => ({
      id: row.id,
      key: JSON.parse(row.key) as string,
      data: JSON.parse(row.data) as unknown,
      tags: Number(row.tags),
      autoInvalidate: row.auto_invalidate,
      secondsLeft: Number(row.seconds_left),
    }))
  }

  async entry(key: string): Promise<CacheEntry | undefined> {
    return (await this.entries()).find((entry) => entry.key === key)
  }

  /** The rows of an entry, live or expired: none once it is swept. */
  async rowsOf(key: string): Promise<number> {
    return this.#query("select from caching_postgres_entry where key = $1", key)
  }

  /** Puts in a row that a sweep would take away. */
  async insertExpired(key: string): Promise<void> {
    await this.#query(
      `insert into caching_postgres_entry (id, namespace, key_digest, key, data, tags, expires_at)
       values (-(random() * 1e9)::bigint, 'medusa', gen_random_uuid(), $1, 'null', '[]', clock_timestamp() - interval '1 minute')`,
      key
    )
  }

  /** Makes an entry expired, as if its time had passed. */
  async expire(key: string): Promise<void> {
    await this.#query(
      "update caching_postgres_entry set expires_at = clock_timestamp() - interval '1 minute' where key = $1",
      key
    )
  }

  /** Makes the cache hold something else than the shop's tables do. */
  async replaceInData(key: string, old: string, fresh: string): Promise<void> {
    await this.#query(
      "update caching_postgres_entry set data = replace(data, $2, $3) where key = $1",
      key,
      old,
      fresh
    )
  }

  async empty(): Promise<void> {
    await this.client.query(
      "truncate caching_postgres_entry, caching_postgres_entry_tag, caching_postgres_entry_option"
    )
  }

  /** @returns the number of rows */
  async #query(sql: string, key: string, ...more: string[]): Promise<number> {
    const values = [JSON.stringify(key), ...more]
    return (await this.client.query(sql, values)).rowCount ?? 0
  }
}
