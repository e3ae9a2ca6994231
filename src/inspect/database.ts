import type { Client } from "@medusajs/framework/pg"
import { maskUrl } from "../log"
import { databasesOf, type ResolvedOptions } from "../options"
import { type Tables, tablesIn } from "../sql/statement"
import { codeOf, messageWithAdvice, OperatorError } from "./errors"

/** SQL as the files `sql.ts` export it. */
export type Query = string | ((tables: Tables) => string)

interface Server {
  readonly client: Client
  readonly schema: string
}

/**
 * One connection to each server, mostly a single one, for the queries of operators: apart from the provider's pool, so
 * that the shop does not wait for them.
 */
export class Database {
  readonly namespace: string
  readonly schema: string
  readonly client: Client

  private constructor(
    private readonly servers: readonly Server[],
    readonly options: ResolvedOptions
  ) {
    this.namespace = options.namespace
    this.schema = options.database.schema
    this.client = servers[0]!.client
  }

  /** @throws {OperatorError} when one of its servers cannot be reached */
  static async open(options: ResolvedOptions): Promise<Database> {
    // Loads Medusa's framework, which the command line's --help must not need.
    const { clientConfig, createClient } =
      await import("../connection/index.js")
    const { connectionTimeoutMillis } = options.pool
    const servers: Server[] = []
    for (const database of databasesOf(options)) {
      try {
        const config = clientConfig({ database })
        const client = createClient({ ...config, connectionTimeoutMillis })
        // Without a listener a connection that breaks would end the process.
        client.on("error", () => {})
        await client.connect()
        servers.push({ client, schema: database.schema })
      } catch (error) {
        await Promise.all(servers.map(({ client }) => client.end()))
        const url = maskUrl(database.clientUrl)
        const message = `cannot connect to ${url}: ${messageWithAdvice(error)}`
        throw new OperatorError(message, codeOf(error))
      }
    }
    return new Database(servers, options)
  }

  static async with<T>(
    options: ResolvedOptions,
    use: (database: Database) => Promise<T>
  ): Promise<T> {
    const database = await Database.open(options)
    return use(database).finally(() => database.close())
  }

  /**
   * Does not prepare the statement under a name, so that it works with any pooler.
   *
   * @returns the rows of all servers
   */
  async run<Row extends object>(
    query: Query,
    parameters: unknown[] = []
  ): Promise<Row[]> {
    const results = await Promise.all(
      this.servers.map(({ client, schema }) => {
        const text = typeof query === "string" ? query : query(tablesIn(schema))
        return client.query<Row>(text, parameters)
      })
    )
    return results.flatMap(({ rows }) => rows)
  }

  async names(query: Query, parameters?: unknown[]): Promise<string[]> {
    const rows = await this.run<{ name: string }>(query, parameters)
    return rows.map(({ name }) => name)
  }

  async close(): Promise<void> {
    await Promise.all(
      this.servers.map(({ client }) => client.end().catch(() => {}))
    )
  }
}
