import type { Log } from "../log"
import type { ResolvedOptions } from "../options"
import type { Statement } from "../sql/statement"
import type { PoolUse, StatementSpans } from "../telemetry"
import { clientConfig } from "./client-config"
import {
  Connection,
  type ConnectionConfig,
  type Parameter,
  type Row,
} from "./connection"
import { PLANNER_SETTINGS } from "./startup-settings"

/**
 * Milliseconds after which the server ends a statement of the sweep: its batches take a hundredth of
 * that, and whatever holds one up is not to be waited for.
 */
const LONGEST_MAINTENANCE_MS = 10_000

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

  constructor(options: ResolvedOptions, log: Log, spans: StatementSpans) {
    const config: ConnectionConfig & { pipeline: boolean } = {
      ...clientConfig(options),
      connectionTimeoutMillis: options.pool.connectionTimeoutMillis,
      // Sends a statement without waiting for the one before. pg knows it since 8.22; an older one
      // waits.
      pipeline: true,
    }
    const connection = (settings = PLANNER_SETTINGS) =>
      new Connection(
        config,
        settings,
        options.pool.idleTimeoutMillis,
        log,
        spans
      )
    this.readers = Array.from({ length: options.pool.max - 2 }, () =>
      connection()
    )
    this.writer = connection()
    this.maintainer = connection({
      ...PLANNER_SETTINGS,
      statement_timeout: LONGEST_MAINTENANCE_MS,
    })
  }

  /** How many connections there are, and how many are at work. */
  get use(): PoolUse {
    const open = this.all.filter((connection) => connection.isOpen)
    const used = open.filter((connection) => connection.load > 0)
    return { open: open.length, used: used.length }
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
    await Promise.all(this.all.map((connection) => connection.close()))
  }

  private get all(): Connection[] {
    return [...this.readers, this.writer, this.maintainer]
  }
}
