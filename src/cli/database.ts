import type { Client } from "@medusajs/framework/pg"
import type { Logger } from "@medusajs/framework/types"
import { canonicalName, Digester } from "../digests"
import { maskUrl } from "../log"
import { databasesOf, type ResolvedOptions } from "../options"
import type { PostgresCachingProvider } from "../services"
import { type Tables, tablesIn } from "../sql/statement"
import { codeOf, CommandError, explain } from "./errors"
import { shellWord } from "./format"
import { countEntries, listOtherNamespaces } from "./sql/entries"

const MAX_LISTED_NAMESPACES = 20
/** An operator waits until a large clear is done; a shop must not. */
const TIMEOUT_MS = 3_600_000

/** The tag that stands for all entries of the namespace. */
export const EVERYTHING = "*"

/** SQL as the files in `sql` export it. */
export type Query = string | ((tables: Tables) => string)

/** The entry of a key, or those with any of several tags; by default all of the namespace. */
export interface Selection {
  readonly key?: string
  readonly tags?: string[]
}

interface Server {
  readonly client: Client
  readonly schema: string
}

/**
 * One connection to each server, mostly a single one, for the queries of the command line, apart from the provider's
 * pool.
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

  /** @throws {CommandError} when one of its servers cannot be reached */
  static async open(options: ResolvedOptions): Promise<Database> {
    // Loads Medusa's framework, which --help must not need.
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
        const message = `cannot connect to ${url}: ${explain(error)}`
        throw new CommandError(message, codeOf(error))
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
   * Does not prepare the statement under a name, so that it works behind any pooler.
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

  /** The first parameters of the statements in `sql/entries.ts`. */
  which({ key, tags = [EVERYTHING] }: Selection): unknown[] {
    const digester = new Digester(this.namespace)
    if (key !== undefined) {
      return [this.namespace, digester.key(canonicalName(key)), null]
    }
    const isAll = tags.includes(EVERYTHING)
    const digests = tags.map((tag) => digester.tag(tag))
    return [this.namespace, null, isAll ? null : digests]
  }

  /** @param autoInvalidate leaves out exempt entries */
  async count(selection: Selection, autoInvalidate = false): Promise<number> {
    const parameters = [...this.which(selection), autoInvalidate]
    const rows = await this.run<{ entries: number }>(countEntries, parameters)
    return rows.reduce((sum, { entries }) => sum + entries, 0)
  }

  /**
   * The key that an argument means: itself if it has an entry or is no JSON string, else what the string says. `list`
   * prints keys that no argument can hold as JSON strings.
   */
  async keyOf(argument: string): Promise<string> {
    if (
      !argument.startsWith('"') ||
      (await this.count({ key: argument })) > 0
    ) {
      return argument
    }
    try {
      return JSON.parse(argument) as string
    } catch {
      return argument
    }
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
    const others = [...new Set(await this.names(listOtherNamespaces, which))]
    // One of several servers may have none.
    const isUsed = this.servers.length > 1 && (await this.count({})) > 0
    if (others.length === 0 || isUsed) {
      return
    }
    const message = `no entries in namespace ${shellWord(this.namespace)}; namespaces with entries: ${others.map(shellWord).join(", ")}`
    if (mustExist) {
      throw new CommandError(message, "unknown-namespace", others)
    }
    note(`note: ${message}`)
  }

  /**
   * Lends a provider that sweeps only when asked to, in place of this connection: a pooler may not have one more.
   *
   * @param use gets the provider and the list of its warnings, without their beginning "[caching-postgres] what: "
   */
  async withProvider<T>(
    use: (provider: PostgresCachingProvider, warnings: string[]) => Promise<T>
  ): Promise<T> {
    await this.close()
    // Loads Medusa's framework, which --help must not need.
    const { PostgresCachingProvider } = await import("../services/index.js")
    const warnings: string[] = []
    const keep = (line: string) =>
      warnings.push(line.replace(/^\[caching-postgres\] [^:]*: /, ""))
    const ignore = () => {}
    const logger = { error: keep, warn: keep, info: ignore, debug: ignore }
    // The shorter of the two ends a statement of a clear.
    const { getMillis } = this.options.timeouts
    const timeouts = {
      getMillis,
      setMillis: TIMEOUT_MS,
      clearMillis: TIMEOUT_MS,
    }
    const provider = new PostgresCachingProvider({
      logger: logger as unknown as Logger,
      cachingPostgresOptions: { ...this.options, sweep: false, timeouts },
    })
    return use(provider, warnings).finally(() => provider.close())
  }

  /** In words, for an operator. */
  describe(): string {
    const { servers, database } = this.options
    const { clientUrl, schema } = database
    if (servers.length > 0) {
      const names = servers.map(({ name }) => name).join(", ")
      return `namespace "${this.namespace}" on the servers ${names}`
    }
    return `namespace "${this.namespace}" in ${maskUrl(clientUrl)}, schema "${schema}"`
  }

  async close(): Promise<void> {
    await Promise.all(
      this.servers.map(({ client }) => client.end().catch(() => {}))
    )
  }
}
