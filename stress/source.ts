import { setTimeout as sleep } from "node:timers/promises"
import { Pool, type QueryResult } from "@medusajs/framework/pg"

const KEYS = 50
/** Of a process. With those of the providers, four processes stay below a server's hundred connections. */
const CONNECTIONS = 8
const RETRY_MS = 50

/** The keys that every process reads and changes. */
export const sharedKeys = Array.from(
  { length: KEYS },
  (_, index) => `key-${index}`
)

/** The truth: versions that only grow, and notes of which of them are cleared from the cache. */
export class Source {
  private readonly pool: Pool

  constructor(
    url: string,
    /** Whether the server may fail: a statement is then repeated until it succeeds. */
    private readonly mayFail: boolean
  ) {
    this.pool = new Pool({ connectionString: url, max: CONNECTIONS })
    this.pool.on("error", () => {})
  }

  /** Begins anew with version 1 of every key. */
  async create(): Promise<void> {
    await this.pool.query(`
      drop table if exists stress_source, stress_cleared;
      create table stress_source (key text primary key, version integer not null);
      create table stress_cleared (
        key text not null,
        version integer not null,
        cleared_at timestamptz not null default clock_timestamp()
      );
      create index on stress_cleared (key, version);`)
    await this.pool.query(
      "insert into stress_source (key, version) select unnest($1::text[]), 1",
      [sharedKeys]
    )
  }

  async version(key: string): Promise<number> {
    return this.one("select version from stress_source where key = $1", [key])
  }

  /** @returns the new version, which everybody can read by now */
  async change(key: string): Promise<number> {
    return this.one(
      "update stress_source set version = version + 1 where key = $1 returning version",
      [key]
    )
  }

  /** Notes that a clear has returned which was called when the source had this version. */
  async noteCleared(key: string, version: number): Promise<void> {
    await this.query(
      "insert into stress_cleared (key, version) values ($1, $2)",
      [key, version]
    )
  }

  /** @returns the version below which a get that is called from now on must not answer */
  async clearedVersion(key: string, boundMs: number): Promise<number> {
    return this.one(
      `select coalesce((
         select version from stress_cleared
         where key = $1 and cleared_at <= clock_timestamp() - $2 * interval '1 millisecond'
         order by version desc limit 1), 0) as version`,
      [key, boundMs]
    )
  }

  async versions(): Promise<Map<string, number>> {
    const { rows } = await this.query<{ key: string; version: number }>(
      "select key, version from stress_source"
    )
    return new Map(rows.map(({ key, version }) => [key, version]))
  }

  async close(): Promise<void> {
    await this.pool.end()
  }

  private async one(text: string, values: unknown[]): Promise<number> {
    const { rows } = await this.query<{ version: number }>(text, values)
    return rows[0]!.version
  }

  private async query<Row extends object>(
    text: string,
    values: unknown[] = []
  ): Promise<QueryResult<Row>> {
    for (;;) {
      try {
        return await this.pool.query<Row>(text, values)
      } catch (error) {
        if (!this.mayFail) {
          throw error
        }
        await sleep(RETRY_MS)
      }
    }
  }
}
