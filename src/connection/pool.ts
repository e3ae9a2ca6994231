import type { Logger } from "@medusajs/framework/types"
import type { ResolvedOptions } from "../options"
import type { Statement } from "../sql/statement"
import { clientConfig } from "./client-config"
import {
  Connection,
  type ConnectionConfig,
  type Parameter,
  type Row,
} from "./connection"

/**
 * The cache's own few connections. With the shop's pool, ten open transactions that each ask the
 * cache would wait for an eleventh connection for ever.
 *
 * Each has its work, so that a read never stands behind a write, and neither behind
 * maintenance.
 */
export class CachePool {
  private readonly readers: Connection[]
  private readonly writer: Connection
  private readonly maintainer: Connection

  constructor(options: ResolvedOptions, logger: Logger) {
    const config: ConnectionConfig & { pipeline: boolean } = {
      ...clientConfig(options),
      connectionTimeoutMillis: options.pool.connectionTimeoutMillis,
      // Sends a statement without waiting for the one before. pg knows it since 8.22; an older one
      // waits.
      pipeline: true,
    }
    const connection = () =>
      new Connection(config, options.pool.idleTimeoutMillis, logger)
    this.readers = Array.from({ length: options.pool.max - 2 }, connection)
    this.writer = connection()
    this.maintainer = connection()
  }

  /** How many connections read. */
  get readerCount(): number {
    return this.readers.length
  }

  read(statement: Statement, parameters: Parameter[]): Promise<Row[]> {
    let idlest = this.readers[0]!
    for (const reader of this.readers) {
      if (reader.load < idlest.load) {
        idlest = reader
      }
    }
    return idlest.run(statement, parameters)
  }

  /** Writes are carried out in the order in which they come. */
  write(statement: Statement, parameters: Parameter[]): Promise<Row[]> {
    return this.writer.run(statement, parameters)
  }

  /** For what no caller waits for. */
  maintain(statement: Statement, parameters: Parameter[]): Promise<Row[]> {
    return this.maintainer.run(statement, parameters)
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.readers, this.writer, this.maintainer].map((connection) =>
        connection.close()
      )
    )
  }
}
