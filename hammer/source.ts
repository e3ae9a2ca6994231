import { Pool } from "@medusajs/framework/pg"

const KEYS = 50
/** Of a process; four of them and the providers' own stay below a server's hundred connections. */
const CONNECTIONS = 8

export const keys = Array.from({ length: KEYS }, (_, index) => `key-${index}`)

/** The truth: versions that only grow, and notes of which of them are cleared from the cache. */
export class Source {
  private readonly pool: Pool

  constructor(url: string) {
    this.pool = new Pool({ connectionString: url, max: CONNECTIONS })
  }

  /** Begins anew with version 1 of every key. */
  async create(): Promise<void> {
    await this.pool.query(`
      drop table if exists hammer_source, hammer_cleared;
      create table hammer_source (key text primary key, version integer not null);
      create table hammer_cleared (
        key text not null,
        version integer not null,
        cleared_at timestamptz not null default clock_timestamp()
      );
      create index on hammer_cleared (key, version);`)
    await this.pool.query(
      "insert into hammer_source (key, version) select unnest($1::text[]), 1",
      [keys]
    )
  }

  async version(key: string): Promise<number> {
    return this.one("select version from hammer_source where key = $1", [key])
  }

  /** @returns the new version, which everybody can read by now */
  async change(key: string): Promise<number> {
    return this.one(
      "update hammer_source set version = version + 1 where key = $1 returning version",
      [key]
    )
  }

  /** Notes that a clear has returned which was called when the source had this version. */
  async noteCleared(key: string, version: number): Promise<void> {
    await this.pool.query(
      "insert into hammer_cleared (key, version) values ($1, $2)",
      [key, version]
    )
  }

  /** @returns the version below which nothing may be served any more by a get that is called from now on */
  async clearedVersion(key: string, boundMs: number): Promise<number> {
    return this.one(
      `select coalesce((
         select version from hammer_cleared
         where key = $1 and cleared_at <= clock_timestamp() - $2 * interval '1 millisecond'
         order by version desc limit 1), 0) as version`,
      [key, boundMs]
    )
  }

  async versions(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ key: string; version: number }>(
      "select key, version from hammer_source"
    )
    return new Map(rows.map(({ key, version }) => [key, version]))
  }

  async close(): Promise<void> {
    await this.pool.end()
  }

  private async one(text: string, values: unknown[]): Promise<number> {
    const { rows } = await this.pool.query<{ version: number }>(text, values)
    return rows[0]!.version
  }
}
