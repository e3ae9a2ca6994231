import type { Client } from "@medusajs/framework/pg"
import { canonicalName } from "../encoding/canonical-name"
import { Digester } from "../encoding/digest"
import { maskUrl } from "../log"
import type { ResolvedOptions } from "../options"
import type { Statement } from "../sql/statement"
import { type Tables, tablesIn } from "../sql/tables"
import { CommandError, explain } from "./errors"
import { shellWord } from "./format"
import { listOtherNamespaces } from "./sql/entries"

const MAX_LISTED_NAMESPACES = 20

/** One connection for the queries of the command line, apart from the provider's pool. */
export class Database {
  readonly namespace: string
  private readonly tables: Tables
  private readonly digester: Digester

  private constructor(
    readonly client: Client,
    { namespace, database }: ResolvedOptions
  ) {
    this.namespace = namespace
    this.tables = tablesIn(database.schema)
    this.digester = new Digester(namespace)
  }

  /** @throws {CommandError} when it cannot be reached */
  static async open(options: ResolvedOptions): Promise<Database> {
    // Loads Medusa's framework, which --help must not need.
    const { clientConfig, createClient } =
      await import("../connection/index.js")
    try {
      const { connectionTimeoutMillis } = options.pool
      const client = createClient({
        ...clientConfig(options),
        connectionTimeoutMillis,
      })
      // Without a listener a connection that breaks would end the process.
      client.on("error", () => {})
      await client.connect()
      return new Database(client, options)
    } catch (error) {
      throw new CommandError(
        `cannot connect to ${maskUrl(options.database.clientUrl)}: ${explain(error)}`,
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

  /** Does not prepare the statement under its name, so that it works behind any pooler. */
  async run<Row extends object>(
    statement: (tables: Tables) => Statement,
    parameters: unknown[] = []
  ): Promise<Row[]> {
    const { text } = statement(this.tables)
    return (await this.client.query<Row>(text, parameters)).rows
  }

  /** Runs one of the statements that count entries. */
  async count(...call: Parameters<Database["run"]>): Promise<number> {
    const [row] = await this.run<{ entries: number }>(...call)
    return row!.entries
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
   * @param note writes to the operator
   * @param mustExist whether that is an error, as for `--namespace`, which may be misspelt
   * @throws {CommandError} when the namespace must exist
   */
  async checkNamespace(
    note: (line: string) => void,
    mustExist: boolean
  ): Promise<void> {
    const rows = await this.run<{ namespace: string }>(listOtherNamespaces, [
      this.namespace,
      MAX_LISTED_NAMESPACES,
    ])
    if (rows.length === 0) {
      return
    }
    const namespaces = rows.map((row) => row.namespace)
    const message = `no entries in namespace ${shellWord(this.namespace)}; namespaces with entries: ${namespaces.map(shellWord).join(", ")}`
    if (mustExist) {
      throw new CommandError(message, { code: "unknown-namespace", namespaces })
    }
    note(`note: ${message}`)
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {})
  }
}
