import { Pool, type PoolConfig } from "@medusajs/framework/pg"
import type { Logger } from "@medusajs/framework/types"
import type { ResolvedOptions } from "../options"
import type { Statement } from "../sql/statement"
import { clientConfig } from "./client-config"

/** A value pg sends as a bound parameter; a Buffer goes in binary format. */
export type Parameter = string | number | boolean | Buffer | null
/** A row as the server sent it: text, or null. */
export type Row = readonly (string | null)[]

/** Leaves every column as the text that came: what the statements select is text already. */
const asText = { getTypeParser: () => (text: string) => text }

/**
 * The cache's own small connection pool. With the shop's pool, ten open transactions that each ask
 * the cache would wait for an eleventh connection for ever. Lazy: it connects at the first
 * statement, and an idle connection keeps no process alive.
 */
export class CachePool {
  private readonly pool: Pool
  private closed?: Promise<void>

  constructor(options: ResolvedOptions, logger: Logger) {
    // Missing in the types that Medusa brings along (@types/pg 8.6).
    const config: PoolConfig & { allowExitOnIdle: boolean } = {
      ...clientConfig(options),
      ...options.pool,
      allowExitOnIdle: true,
    }
    this.pool = new Pool(config)
    // Without a listener an idle connection that breaks would end the process. The pool replaces it.
    this.pool.on("error", (error) => {
      logger.debug(
        `[caching-postgres] an idle connection broke: ${error.message}`
      )
    })
  }

  /** Runs one prepared statement, which is its own transaction. */
  async run(statement: Statement, parameters: Parameter[]): Promise<Row[]> {
    const { rows } = await this.pool.query<(string | null)[]>({
      name: statement.name,
      text: statement.text,
      values: parameters,
      rowMode: "array",
      types: asText,
    })
    return rows
  }

  close(): Promise<void> {
    this.closed ??= this.pool.end()
    return this.closed
  }
}
