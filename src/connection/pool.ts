import type { Log } from "../log"
import type { ResolvedOptions } from "../options"
import type { Statement } from "../sql/statement"
import type { Metrics } from "../telemetry"
import { clientConfig, type Parameter, type Row } from "./client"
import { Connection, type ConnectionConfig } from "./connection"
import { Fence } from "./fence"
import { Restrictions } from "./restrictions"
import { atMost } from "./waiting"

/** A batch of the sweep takes about 100 ms; past this timeout it is blocked, so give up. */
const MAINTENANCE_MS = 10_000
/** A notification waits for the commits of others that notify at the same time, in any database of the server. */
const ANNOUNCING_MS = 2_000
/** An attempt to connect that takes longer is restarted: it may have been made before the database was back. */
const STUCK_MS = 1_500
/** An attempt to connect that has lasted less may be about to succeed. */
const MIN_ATTEMPT_MS = 500
/** Probes are repeated until the database is back, so each may be short. */
const PROBE_MS = 1_000
/** How long a probe, which is urgent, waits for an idle connection to end. */
const MAKE_ROOM_MS = 100
/** One listens, one sends notifications. */
export const NEAR_CACHE_CONNECTIONS = 2

type Run = (statement: Statement, parameters: Parameter[]) => Promise<Row[]>

/**
 * The cache's own few connections. With the shop's pool, ten open transactions that each ask the cache would wait for
 * an eleventh connection and never get one.
 *
 * Each has its work, so that a read never waits for a write, and neither waits for maintenance.
 */
export class CachePool {
  readonly restrictions: Restrictions
  readonly readers: readonly Connection[]
  private readonly writer: Connection
  private readonly maintainer: Connection
  /** Open only with a near cache. */
  private readonly announcer: Connection
  /** Open only during a probe; before it, an idle connection of maintenance makes room. */
  private readonly prober: Connection
  private readonly all: readonly Connection[]
  private stuckMs = STUCK_MS

  constructor(
    { pool, timeouts, nearCache, ...options }: ResolvedOptions,
    log: Log,
    metrics: Metrics
  ) {
    const config = {
      ...clientConfig(options),
      connectionTimeoutMillis: pool.connectionTimeoutMillis,
      idleMillis: pool.idleTimeoutMillis,
      // Sends a statement without waiting for the one before. pg has it from 8.22 on; an older one waits.
      pipeline: true,
    }
    this.restrictions = new Restrictions(
      config.connectionString,
      pool.max + (nearCache ? NEAR_CACHE_CONNECTIONS : 0),
      log
    )
    const connection = (
      timeoutMillis: number,
      kind?: Partial<Pick<ConnectionConfig, "fence" | "keepsProcessAlive">>
    ) =>
      new Connection(
        { ...config, timeoutMillis, keepsProcessAlive: true, ...kind },
        this.restrictions,
        log,
        metrics,
        // The others may lead to a server that is no longer the right one, after a failover for example.
        () => void this.close()
      )
    const { getMillis, writeMillis } = timeouts
    this.readers = Array.from({ length: pool.max - 2 }, () =>
      connection(getMillis)
    )
    this.writer = connection(writeMillis, {
      fence: new Fence(),
    })
    const background = { keepsProcessAlive: false }
    this.maintainer = connection(MAINTENANCE_MS, background)
    this.announcer = connection(ANNOUNCING_MS)
    this.prober = connection(PROBE_MS, background)
    const { readers, writer, maintainer, announcer, prober } = this
    this.all = [...readers, writer, maintainer, announcer, prober]
  }

  /** How many connections there are, and how many are at work. */
  get use(): { open: number; used: number } {
    const open = this.all.filter((connection) => connection.isOpen)
    const used = open.filter((connection) => connection.load > 0)
    return { open: open.length, used: used.length }
  }

  readonly read: Run = (...call) => {
    const idlest = this.readers.reduce((one, other) =>
      other.load < one.load ? other : one
    )
    return idlest.run(...call)
  }

  /** Writes are carried out in the order in which they come. */
  readonly write: Run = (...call) => this.writer.run(...call)

  /** For what no caller waits for: it does not keep the process alive (see `keepAliveFor`). */
  readonly maintain: Run = (...call) => this.maintainer.run(...call)

  /** For notifications by themselves: one that has to wait holds up nothing else. */
  readonly announce: Run = (...call) => this.announcer.run(...call)

  /**
   * Asks over a connection of its own, so that it tells whether one can be made. It takes the place of the one for
   * maintenance where that is idle, since the server may allow no more than `pool.max`.
   *
   * @param isRecovery whether the database was away: attempts to connect from before are stuck then
   */
  async probe(
    statement: Statement,
    parameters: Parameter[],
    isRecovery: boolean
  ): Promise<Row[]> {
    const begun = performance.now()
    if (this.prober.abandonAttempt(begun - this.stuckMs)) {
      // Where connecting does take that long, the next attempt gets more time.
      this.stuckMs *= 2
    }
    if (this.maintainer.load === 0) {
      await atMost(MAKE_ROOM_MS, this.maintainer.close())
    }
    const rows = await this.prober.run(statement, parameters)
    this.stuckMs = STUCK_MS
    const leastMillis = isRecovery ? 0 : MIN_ATTEMPT_MS
    this.all.forEach((connection) =>
      connection.abandonAttempt(begun, leastMillis)
    )
    await this.prober.close()
    return rows
  }

  /** Ends the writing connection at once; what is under way on it fails. The others are opened anew. */
  disconnectWriter(): void {
    this.writer.destroy(new Error("the connection was given up"))
    void this.close()
  }

  /** Ends every connection at once; what is under way fails. Attempts to connect go on. */
  disconnect(): void {
    const error = new Error("the connection was given up")
    this.all.forEach((connection) => connection.destroy(error))
  }

  /** Each connection is opened anew at its next statement. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((connection) => connection.close()))
  }
}
