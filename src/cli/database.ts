import type { Client } from "@medusajs/framework/pg"
import type { ResolvedOptions } from "../options"
import type { Statement } from "../sql/statement"
import { type Tables, tablesIn } from "../sql/statement"
import { CommandError, explain } from "./errors"
import { maskUrl } from "../log"

/** One connection for what only the command line asks, and plain queries on it. */
export class Database {
  private constructor(
    readonly client: Client,
    private readonly tables: Tables
  ) {}

  /** @throws {CommandError} when it cannot be reached */
  static async open(options: ResolvedOptions): Promise<Database> {
    const { clientUrl, schema } = options.database
    // Loads Medusa's framework, which --help does not need.
    const { clientConfig, createClient } =
      await import("../connection/index.js")
    try {
      const client = createClient({
        ...clientConfig(options),
        connectionTimeoutMillis: options.pool.connectionTimeoutMillis,
      })
      // Without a listener a connection that breaks would end the process.
      client.on("error", () => {})
      await client.connect()
      return new Database(client, tablesIn(schema))
    } catch (error) {
      throw new CommandError(
        `cannot connect to ${maskUrl(clientUrl)}: ${explain(error)}`,
        { cause: error }
      )
    }
  }

  static async with<T>(
    options: ResolvedOptions,
    use: (database: Database) => Promise<T>
  ): Promise<T> {
    const database = await Database.open(options)
    try {
      return await use(database)
    } finally {
      await database.close()
    }
  }

  /** Not under the statement's name, so that it works behind any pooler. */
  async run<Row extends object>(
    statement: (tables: Tables) => Statement,
    parameters: unknown[] = []
  ): Promise<Row[]> {
    const { text } = statement(this.tables)
    return (await this.client.query<Row>(text, parameters)).rows
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {})
  }
}
