import type { ICachingProviderService, Logger } from "@medusajs/framework/types"
import { atMost, CachePool, keepAliveFor } from "../connection"
import {
  CircuitBreaker,
  isOutage,
  isReadOnly,
  PendingClears,
  ReadOnlyError,
} from "../faults"
import { Evictor } from "../sweep/evictor"
import { Log } from "../log"
import { canonicalName } from "../encoding/canonical-name"
import { Digester } from "../encoding/digest"
import { type ClearInput, readClear } from "../operations/clear"
import type { Context } from "../operations/context"
import { GetByKey } from "../operations/get-by-key"
import { GetByTags } from "../operations/get-by-tags"
import {
  invalidInput,
  readData,
  readInput,
  readKey,
  readOptions,
  readTags,
  readTtl,
} from "../operations/input"
import { Removal } from "../operations/removal"
import { OrphanCleanup } from "../operations/orphan-cleanup"
import { type Change, Writer } from "../operations/write"
import { Misses } from "../stale-fill"
import { NearCache } from "../near-cache"
import { describe, type ResolvedOptions } from "../options"
import { advisoryLock, statementsFor } from "../sql"
import { type CacheStats, MinuteReports, readStats } from "../stats"
import { Sweeper, type SweepResult } from "../sweep/sweeper"
import { startLine } from "./start-line"
import { Metrics, openTelemetryApi, StatementSpans } from "../telemetry"

type GetInput = Parameters<ICachingProviderService["get"]>[0]
/** Wider than Medusa's type, which asks for an object: whatever JSON can express is stored. */
type SetInput = Omit<
  Parameters<ICachingProviderService["set"]>[0],
  "data" | "ttl"
> & { data: unknown; ttl?: number | string | null }

/** What the provider's container holds: the logger is Medusa's, the options the loader's. */
export interface Dependencies {
  logger: Logger
  cachingPostgresOptions: ResolvedOptions
}

/** What goes on behind the callers' backs may take so long when the provider is closed. */
const CLOSING_MS = 1_000

/** Caches in PostgreSQL, as the Caching Module's documentation of providers asks. */
export class PostgresCachingProvider implements ICachingProviderService {
  static readonly identifier = "caching-postgres"

  private readonly options: ResolvedOptions
  private readonly log: Log
  private readonly metrics: Metrics
  private readonly context: Context
  private readonly near?: NearCache
  private readonly byKey: GetByKey
  private readonly byTags: GetByTags
  private readonly orphans: OrphanCleanup
  private readonly evictor: Evictor
  private readonly removal: Removal
  private readonly writer: Writer
  private readonly sweeper: Sweeper
  private readonly reports: MinuteReports

  constructor({ logger, cachingPostgresOptions: options }: Dependencies) {
    this.options = options
    this.log = new Log(logger)
    const telemetry = openTelemetryApi()
    this.metrics = new Metrics(telemetry, options.namespace)
    const spans = new StatementSpans(telemetry, this.metrics)
    const pool = new CachePool(options, this.log, spans)
    pool.restrictions.onFirstAnswer = () =>
      this.log.info(startLine(options, pool.restrictions))
    const { schema } = options.database
    const statements = statementsFor(schema)
    const digests = new Digester(options.namespace)
    const channel = `caching_postgres_${digests.everything}`
    this.near = options.nearCache
      ? new NearCache(
          options.nearCache,
          options,
          channel,
          (...notification) => pool.announce(statements.notify, notification),
          this.log
        )
      : undefined
    const reads = new CircuitBreaker(this.log, {
      whileOpen:
        "the cache is off, reads go to the shop's own tables and invalidations wait",
      onceClosed: "the cache is on again",
      opened: () => {
        // What is under way would only be waited for.
        pool.disconnect()
        this.near?.empty()
      },
      attempt: async () => {
        const [row] = await pool.probe(statements.probe, [options.namespace])
        if (row?.[0] === "on") {
          throw new ReadOnlyError()
        }
      },
      closed: () => void this.writer.carryOutPendingSoon(),
    })
    const writes = new CircuitBreaker(this.log, {
      whileOpen:
        "the database cannot be written; sets are dropped, invalidations wait, and what they concern is not served",
      onceClosed: "the database can be written again",
      isTold: () => !reads.isClosed,
      opened: (reason) => {
        pool.disconnectWriter()
        if (isReadOnly(reason)) {
          reads.open(reason)
        }
      },
      attempt: () => this.writer.carryOutPending(),
      closed: () => void this.writer.carryOutPendingSoon(),
    })
    this.context = {
      namespace: options.namespace,
      pool,
      statements,
      digests,
      near: this.near,
      channel: this.near ? channel : null,
      misses: new Misses(),
      invalidationLock: advisoryLock("invalidation", schema),
      reads,
      writes,
      pending: new PendingClears(),
      log: this.log,
      metrics: this.metrics,
      failed: async (what, error) => {
        // Where the database is away, the log says that instead.
        if (!isOutage(error) || (await reads.suspect())) {
          this.log.warn(what, error)
        }
      },
    }
    const { getMillis, setMillis, clearMillis } = options.timeouts
    this.byKey = new GetByKey(this.context, getMillis)
    this.byTags = new GetByTags(this.context, getMillis)
    this.orphans = new OrphanCleanup(this.context)
    const lock = advisoryLock("sweep", schema)
    this.evictor = new Evictor(this.context, lock, options)
    this.removal = new Removal(this.context)
    this.writer = new Writer(
      this.context,
      this.orphans,
      this.evictor,
      this.removal,
      Math.min(setMillis, clearMillis)
    )
    this.metrics.observe(
      () => pool.use,
      () => this.context.pending.size
    )
    this.sweeper = new Sweeper(
      this.context,
      lock,
      this.evictor,
      this.removal,
      this.orphans
    )
    this.sweeper.start(options.sweep)
    this.reports = new MinuteReports(this.context)
    this.reports.start()
  }

  /**
   * Reads the entry of `key`, or, without a key, every live entry that has any of `tags`.
   *
   * @returns the value or `null`; by tags an array, empty when none matches; `null` when neither
   *   key nor tags are given
   */
  async get(input: GetInput): Promise<unknown> {
    const given = readInput("get", input)
    const key = readKey("get", given.key)
    const tags = key === undefined ? readTags("get", given.tags) : []
    if (key === undefined && tags.length === 0) {
      return null
    }
    const begun = performance.now()
    if (key === undefined) {
      const found = await this.getByTags(tags)
      this.metrics.got(found !== null && found.length > 0, begun)
      return found
    }
    const near = this.getNear(key, begun)
    if (near !== undefined) {
      this.metrics.gotNear(begun)
      return near
    }
    // At once, so that it stands in the caller's flow.
    const read = this.context.misses.read(canonicalName(key))
    let value: unknown = null
    try {
      if (this.context.reads.isClosed) {
        value = await this.byKey.get(read)
      }
    } catch (error) {
      this.onFailedGet(error)
    }
    if (value) {
      read.hit()
    } else if (!read.version) {
      this.context.misses.failed(read)
    }
    this.metrics.got(value !== null, begun)
    return value
  }

  /**
   * Stores `data` under `key`, replacing value, expiry, tags and options of what was there.
   *
   * @param input.ttl seconds; 0 and Infinity: for ever; negative: the entry is gone; none: the
   *   option `ttl`
   * @throws {MedusaError} on input that cannot be stored; what was there stays
   */
  set(input: SetInput): Promise<void> {
    return this.observed("set", async () => {
      const change = this.readSet(input)
      const begun = performance.now()
      try {
        await this.writer.write(change)
      } catch (error) {
        void this.context.failed("a set failed; the value is not cached", error)
        this.metrics.failed("set", error)
      }
      this.metrics.set(
        change.kind === "set" ? change.entry.data.length : 0,
        begun
      )
    })
  }

  /**
   * Removes the entry of `key`, or, without a key, every entry that has any of `tags`; `"*"` among
   * the tags removes everything in the namespace. With `options.autoInvalidate: true` entries that
   * were set with `autoInvalidate: false` stay; with other options nothing is removed.
   *
   * Where the database does not answer in time, it resolves all the same: the removal is carried out
   * as soon as it can be, and until then this process serves nothing that it concerns.
   *
   * @throws {MedusaError} on input that is not what it should be
   */
  clear(input: ClearInput): Promise<void> {
    return this.observed("clear", async () => {
      const change = readClear(input)
      if (!change) {
        return
      }
      this.context.misses.cleared(change.everything)
      const begun = performance.now()
      await this.writer.write({ kind: "clear", clear: change })
      this.metrics.cleared(begun)
    })
  }

  /**
   * Removes expired entries, and the oldest beyond the limits of size, now, whatever the schedule.
   *
   * @returns what was removed; nothing when it failed, which is logged
   */
  sweep(): Promise<SweepResult | undefined> {
    return keepAliveFor(this.sweeper.sweep())
  }

  /**
   * What the namespace holds and how the cache is doing. What this process has counted so far is reported first.
   *
   * @throws when the database cannot be asked
   */
  stats(): Promise<CacheStats> {
    return keepAliveFor(
      this.reports.report().then(() => readStats(this.context))
    )
  }

  /** Resolves when no work goes on behind the callers' backs. */
  async idle(): Promise<void> {
    await Promise.all([
      this.orphans.idle(),
      this.evictor.idle(),
      this.removal.idle(),
    ])
  }

  /** Ends the sweep and the connections, within some two seconds. Medusa itself never stops a provider. */
  async close(): Promise<void> {
    this.sweeper.stop()
    this.reports.stop()
    this.context.reads.stop()
    this.context.writes.stop()
    this.near?.close()
    await atMost(
      CLOSING_MS,
      this.idle().then(() => this.reports.report())
    )
    await this.context.pool.close()
    this.context.misses.close()
    this.metrics.close()
    this.log.flush()
  }

  private getNear(key: string, now: number): unknown {
    return this.context.reads.isClosed ? this.near?.get(key, now) : undefined
  }

  private async getByTags(tags: readonly string[]): Promise<unknown[] | null> {
    if (!this.context.reads.isClosed) {
      return null
    }
    try {
      return await this.byTags.get(tags)
    } catch (error) {
      this.onFailedGet(error)
      return null
    }
  }

  /** The shop can always ask its own tables: a cache that cannot answer is a miss. */
  private onFailedGet(error: unknown): void {
    this.metrics.failed("get", error)
    void this.context.failed("a get failed and counts as a miss", error)
  }

  private readSet(input: SetInput): Change {
    const key = readKey("set", readInput("set", input).key)
    if (key === undefined) {
      throw invalidInput(
        `set: "key" must be a string that is not empty, got ${describe(input.key)}`
      )
    }
    const ttl = readTtl(key, input.ttl, this.options.ttl)
    const tags = readTags("set", input.tags)
    const options = readOptions("set", input.options)
    const data = readData(key, input.data)
    const name = canonicalName(key)
    if (ttl < 0 || this.isTooLarge(key, data)) {
      return {
        kind: "clear",
        clear: { names: [name], tags: [], everything: false, autoOnly: false },
      }
    }
    const autoInvalidate = options?.autoInvalidate ?? true
    const miss = this.context.misses.followedBy(name)
    return {
      kind: "set",
      entry: { name, data, tags, ttl, autoInvalidate, miss },
    }
  }

  /** What stood under the key is outdated either way, so it is removed. */
  private isTooLarge(key: string, data: string): boolean {
    const { maxEntryBytes } = this.options
    // A character takes one to three bytes, and counting them takes time.
    if (data.length * 3 <= maxEntryBytes) {
      return false
    }
    const bytes = Buffer.byteLength(data)
    if (bytes > maxEntryBytes) {
      this.log.warn(
        "a value is too large to be cached",
        `key ${describe(key)} has ${bytes} bytes, option "maxEntryBytes" allows ${maxEntryBytes}`
      )
    }
    return bytes > maxEntryBytes
  }

  /**
   * Medusa up to 2.11 calls `set` and `clear` without awaiting or catching them, where a rejection
   * would end the shop. The caller gets the promise with its rejection; an unobserved one is logged.
   */
  private observed(operation: string, run: () => Promise<void>): Promise<void> {
    const promise = run()
    promise.catch((error: unknown) =>
      this.log.warn(`${operation} failed`, error)
    )
    return promise
  }
}
