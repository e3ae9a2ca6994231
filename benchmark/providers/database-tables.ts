import { Client } from "@medusajs/framework/pg"

/** MikroORM's own, which knows what has been migrated. */
const LEDGER = "mikro_orm_migrations"

/** What a benchmark does with the tables of a provider's database past the provider. */
export class DatabaseTables {
  private constructor(
    private readonly client: Client,
    private readonly names: string
  ) {}

  static async open(connectionString: string): Promise<DatabaseTables> {
    const client = new Client({
      connectionString,
      application_name: "benchmark",
    })
    await client.connect()
    const { rows } = await client.query<{ names: string }>(
      `select string_agg(format('%I.%I', schemaname, tablename), ', ') as names
       from pg_tables where schemaname = 'public' and tablename <> $1`,
      [LEDGER]
    )
    return new DatabaseTables(client, rows[0]!.names)
  }

  async empty(): Promise<void> {
    await this.client.query(`truncate ${this.names}`)
  }

  /** What autovacuum does after a while: it gathers statistics and takes dead rows away. */
  async settle(): Promise<void> {
    await this.client.query(`vacuum (analyze) ${this.names}`)
  }

  async close(): Promise<void> {
    await this.client.end()
  }
}
