import type { Client } from "@medusajs/framework/pg"
import { canonicalName } from "../digests"
import { Digester } from "../digests"
import { maskUrl } from "../log"
import type { ResolvedOptions } from "../options"
import { type Tables, tablesIn } from "../sql/statement"
import { codeOf, CommandError, explain } from "./errors"
import { shellWord } from "./format"
import { listOtherNamespaces } from "./sql/entries"

const MAX_LISTED_NAMESPACES = 20

/** SQL as the files in `sql` export it. */
export type Query = string | ((tables: Tables) => string)

/** One connection for the queries of the command line, apart from the provider's pool. */
export class Database {
  readonly namespace: string
  readonly schema: string
  private readonly digester: Digester

  private constructor(
    readonly client: Client,
    options: ResolvedOptions
  ) {
    this.namespace = options.namespace
    this.schema = options.database.schema
    this.digester = new Digester(options.namespace)
  }

  /** @throws {CommandError} when it cannot be reached */
  static async open(options: ResolvedOptions): Promise<Database> {
    // Loads Medusa's framework, which --help must not need.
    const { clientConfig, createClient } =
      await import("../connection/index.js")
    try {
      const { connectionTimeoutMillis } = options.pool
      const config = { ...clientConfig(options), connectionTimeoutMillis }
      const client = createClient(config)
      // Without a listener a connection that breaks would end the process.
      client.on("error", () => {})
      await client.connect()
      return new Database(client, options)
    } catch (error) {
      const url = maskUrl(options.database.clientUrl)
      const message = `cannot connect to ${url}: ${explain(error)}`
      throw new CommandError(message, codeOf(error))
    }
  }

  static async with<T>(
    options: ResolvedOptions,
    use: (database: Database) => Promise<T>
  ): Promise<T> {
    const database = await Database.open(options)
    return use(database).finally(() => database.close())
  }

  /** Does not prepare the statement under a name, so that it works behind any pooler. */
  async run<Row extends object>(
    query: Query,
    parameters: unknown[] = []
  ): Promise<Row[]> {
    const text =
      typeof query === "string" ? query : query(tablesIn(this.schema))
    return (await this.client.query<Row>(text, parameters)).rows
  }

  /** Runs one of the queries that count entries. */
  async count(query: Query, parameters?: unknown[]): Promise<number> {
    const [row] = await this.run<{ entries: number }>(query, parameters)
    return row!.entries
  }

  /** Runs one of the queries that return names. */
  async names(query: Query, parameters: unknown[]): Promise<string[]> {
    const rows = await this.run<{ name: string }>(query, parameters)
    return rows.map(({ name }) => name)
  }

  keyDigest(key: string): string {
    return this.digester.key(canonicalName(key))
  }

  tagDigest(tag: string): string {
    return this.digester.tag(tag)
  }

  /**
   * Names the other namespaces if this one has no entries and others have.
   *
   * @param mustExist whether that is an error, as for `--namespace`, which may be misspelt
   */
  async checkNamespace(
    note: (line: string) => void,
    mustExist: boolean
  ): Promise<void> {
    const which = [this.namespace, MAX_LISTED_NAMESPACES]
    const others = await this.names(listOtherNamespaces, which)
    const message = `no entries in namespace ${shellWord(this.namespace)}; namespaces with entries: ${others.map(shellWord).join(", ")}`
    if (others.length > 0 && mustExist) {
      throw new CommandError(message, "unknown-namespace", others)
    }
    if (others.length > 0) {
      note(`note: ${message}`)
    }
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {})
  }
}
