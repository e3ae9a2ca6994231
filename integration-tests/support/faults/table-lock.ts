import { Client } from "@medusajs/framework/pg"
import { pause } from "./caller"

/** What somebody's `alter table` in an open transaction does: every statement of the cache has to wait. */
export class TableLock {
  private constructor(
    private readonly client: Client,
    private readonly table: string
  ) {}

  static async take(
    databaseUrl: string,
    table = "caching_postgres_entry"
  ): Promise<TableLock> {
    const client = new Client({ connectionString: databaseUrl })
    client.on("error", () => {})
    await client.connect()
    await client.query("begin")
    await client.query(`lock table ${table} in access exclusive mode`)
    return new TableLock(client, table)
  }

  async untilSomebodyWaits(): Promise<void> {
    for (;;) {
      const { rowCount } = await this.client.query(
        `select from pg_locks
         where not granted and relation = $1::regclass`,
        [this.table]
      )
      if (rowCount) {
        return
      }
      await pause(5)
    }
  }

  async release(): Promise<void> {
    await this.client.query("rollback")
    await this.client.end()
  }
}
