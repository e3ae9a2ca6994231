import type { Logger } from "@medusajs/framework/types"
import { CachePool } from "../connection"
import { Digester } from "../digests"
import { Evictor } from "../sweep/evictor"
import { CircuitBreaker, ReadOnlyError } from "../faults"
import { Log } from "../log"
import { NearCache } from "../near-cache"
import { GetByKey } from "../operations/get-by-key"
import { GetByTags } from "../operations/get-by-tags"
import { LargeClears } from "../sweep/large-clears"
import { OrphanCleanup } from "../sweep/orphan-cleanup"
import { PendingClears } from "../operations/pending-clears"
import type { Storage } from "../storage"
import { WriteQueue } from "../operations/write-queue"
import type { ResolvedOptions } from "../options"
import { advisoryLock, statementsFor } from "../sql"
import { Misses } from "../stale-fill"
import { MinuteReports } from "../stats"
import { Sweeper } from "../sweep/sweeper"
import { Metrics, openTelemetryApi } from "../telemetry"
import { startLine } from "./start-line"

/** What the provider's container holds: the logger is Medusa's, the options the loader's. */
export interface Dependencies {
  logger: Logger
  cachingPostgresOptions: ResolvedOptions
}

/** What a provider is made of. */
export interface Parts extends Storage {
  readonly options: ResolvedOptions
  readonly reads: CircuitBreaker
  readonly misses: Misses
  readonly near?: NearCache
  readonly byKey: GetByKey
  readonly byTags: GetByTags
  readonly writes: WriteQueue
  readonly orphans: OrphanCleanup
  readonly largeClears: LargeClears
  readonly evictor: Evictor
  readonly sweeper: Sweeper
  readonly reports: MinuteReports
  readonly metrics: Metrics
  readonly log: Log
}

/** Makes the parts of a provider and starts its schedules. No statement is sent before the first call. */
export function compose({
  logger,
  cachingPostgresOptions: options,
}: Dependencies): Parts {
  const { namespace, timeouts, database } = options
  const log = new Log(logger)
  const metrics = new Metrics(openTelemetryApi(), namespace)
  const pool = new CachePool(options, log, metrics)
  pool.restrictions.onFirstAnswer = () =>
    log.info(startLine(options, pool.restrictions))

  const statements = statementsFor(database.schema)
  const digests = new Digester(namespace)
  const channel = `caching_postgres_${digests.everything}`
  const near = options.nearCache
    ? new NearCache(
        options.nearCache,
        options,
        channel,
        (...notification) => pool.announce(statements.notify, notification),
        log
      )
    : undefined
  const storage = {
    namespace,
    pool,
    statements,
    digests,
    invalidationLock: advisoryLock("invalidation", database.schema),
    channel: near ? channel : null,
  }

  const reads: CircuitBreaker = new CircuitBreaker(log, {
    whileOpen:
      "the cache is off, reads go to the shop's own tables and invalidations wait",
    onceClosed: "the cache is on again",
    opened: () => {
      // What is under way would only be waited for.
      pool.disconnect()
      near?.empty()
    },
    attempt: async () => {
      const isRecovery = !reads.isClosed
      const [row] = await pool.probe(statements.probe, [namespace], isRecovery)
      if (row?.[0] === "on") {
        throw new ReadOnlyError()
      }
    },
  })

  const misses = new Misses()
  const pending = new PendingClears()
  const shared = { storage, reads, misses, pending, near, metrics, log }
  const byKey = new GetByKey(shared, timeouts.getMillis)
  const byTags = new GetByTags(shared, timeouts.getMillis)

  const orphans = new OrphanCleanup(shared)
  const largeClears = new LargeClears(shared)
  const upkeep = { ...shared, ...storage }
  const sweepLock = advisoryLock("sweep", database.schema)
  const evictor = new Evictor(upkeep, sweepLock, options)
  const writes = new WriteQueue(
    { ...shared, orphans, evictor, largeClears },
    Math.min(timeouts.setMillis, timeouts.clearMillis)
  )
  const sweeper = new Sweeper(upkeep, sweepLock, evictor, largeClears, orphans)
  const reports = new MinuteReports({ ...upkeep, writes: writes.breaker })

  metrics.observe(
    () => pool.use,
    () => pending.size
  )
  sweeper.start(options.sweep)
  reports.start()
  return {
    ...upkeep,
    options,
    byKey,
    byTags,
    writes,
    orphans,
    evictor,
    largeClears,
    sweeper,
    reports,
  }
}
