import type { Logger } from "@medusajs/framework/types"
import { CachePool, type Restrictions } from "../connection"
import { Digester } from "../digests"
import { CircuitBreaker, ReadOnlyError } from "../faults"
import { Leases } from "../leases/leases"
import { Log } from "../log"
import { MinuteReports } from "../minute-reports"
import { NearCache } from "../near-cache"
import { GetByKey } from "../operations/get-by-key"
import { GetByTags } from "../operations/get-by-tags"
import { PendingClears } from "../operations/pending-clears"
import { WriteQueue } from "../operations/write-queue"
import type { ResolvedOptions } from "../options"
import { packageVersion } from "../package-version"
import { advisoryLock, statementsFor } from "../sql"
import { Misses } from "../stale-fill"
import { Evictor } from "../sweep/evictor"
import { LargeClears } from "../sweep/large-clears"
import { OrphanCleanup } from "../sweep/orphan-cleanup"
import { Sweeper } from "../sweep/sweeper"
import { Metrics, openTelemetryApi } from "../telemetry"
import { separateCalls } from "./separate-calls"

/** What the provider's container holds: the logger is Medusa's, the options the loader's. */
export interface Dependencies {
  logger: Logger
  cachingPostgresOptions: ResolvedOptions
}

/** What a provider is made of. */
export type Parts = ReturnType<typeof compose>

/** Makes the parts of a provider and starts its schedules. Nothing is sent before the first call or the first sweep. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- it would name every part twice
export function compose(
  { logger, cachingPostgresOptions: options }: Dependencies,
  misses = new Misses()
) {
  const { namespace, timeouts, database, server, lease, grace } = options
  const log = new Log(logger, server)
  const metrics = new Metrics(openTelemetryApi(), namespace, server)
  const leases = lease ? new Leases(lease, metrics) : undefined
  const pool = new CachePool(options, log, metrics)
  pool.restrictions.onFirstAnswer = () => {
    log.info(startLine(options, pool.restrictions))
    if (leases && !separateCalls()) {
      log.info(
        "equal gets are joined before they reach the provider, so callers that miss a key at once load it all"
      )
    }
  }

  const statements = statementsFor(database.schema, {
    sharedLeases: lease && lease.acrossProcesses,
    graceSeconds: grace,
    isOneOfSeveral: server !== undefined,
  })
  const digests = new Digester(namespace)
  const channel = `caching_postgres_${digests.everything}`
  const announce = (...notification: [string, string]) =>
    pool.announce(statements.notify, notification)
  const near = options.nearCache
    ? new NearCache(options.nearCache, options, channel, announce, log)
    : undefined
  const storage = {
    namespace,
    pool,
    statements,
    digests,
    invalidationLock: advisoryLock("invalidation", database.schema),
    channel: near || options.announces ? channel : null,
  }

  const readBreaker: CircuitBreaker = new CircuitBreaker(log, {
    whileOpen:
      "the cache is off, reads go to the shop's own tables and invalidations wait",
    onceClosed: "the cache is on again",
    opened: () => {
      // Statements under way would only keep their callers waiting.
      pool.disconnect()
      near?.empty()
      leases?.clear()
    },
    attempt: async () => {
      const isRecovery = !readBreaker.isClosed
      const [row] = await pool.probe(statements.probe, [namespace], isRecovery)
      if (row?.[0] === "on") {
        throw new ReadOnlyError()
      }
    },
  })

  const pending = new PendingClears()
  const caches = { near, leases }
  const callDeps = {
    storage,
    readBreaker,
    misses,
    pending,
    ...caches,
    metrics,
    log,
  }
  const byKey = new GetByKey(callDeps, timeouts.getMillis)
  const byTags = new GetByTags(callDeps, timeouts.getMillis)

  const sweepLock = advisoryLock("sweep", database.schema)
  const maintenanceDeps = { ...storage, sweepLock, readBreaker, metrics, log }
  const background = {
    orphans: new OrphanCleanup(maintenanceDeps),
    largeClears: new LargeClears(maintenanceDeps),
    evictor: new Evictor(maintenanceDeps, options),
  }
  const writes = new WriteQueue(
    { ...callDeps, ...background },
    timeouts.writeMillis
  )
  const sweeper = new Sweeper({ ...maintenanceDeps, ...background })
  const reports = new MinuteReports({
    ...maintenanceDeps,
    writes: writes.breaker,
    near,
    options,
  })

  metrics.observe(
    () => pool.use,
    () => pending.size
  )
  sweeper.start(options.sweep)
  reports.start()
  return {
    ...maintenanceDeps,
    ...background,
    options,
    ...caches,
    misses,
    pending,
    byKey,
    byTags,
    writes,
    sweeper,
    reports,
  }
}

/** One line for the log of a shop whose cache works: where it is, what serves it and what is off. */
function startLine(
  { database, namespace, nearCache, sweep }: ResolvedOptions,
  restrictions: Restrictions
): string {
  const { address, pooler, serverVersion = "" } = restrictions
  const off = Object.entries({
    "near cache": nearCache,
    sweep,
    "prepared statements": restrictions.namedStatements,
    "start-up options": restrictions.startupOptions,
  }).flatMap(([name, isOn]) => (isOn ? [] : [name]))
  const software = [
    `PostgreSQL ${serverVersion}`.trim(),
    `medusa-caching-postgres ${packageVersion()}`,
    pooler ? "through a pooler" : "no pooler",
    ...(nearCache ? ["near cache on"] : []),
  ]
  return [
    `the cache is on: ${address}, schema "${database.schema}", namespace "${namespace}"`,
    software.join(", "),
    ...(off.length > 0 ? [`off: ${off.join(", ")}`] : []),
  ].join("; ")
}
