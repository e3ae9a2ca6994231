import { type ScheduledTask, schedule } from "node-cron"
import type { CachePool } from "../connection"
import type { Log } from "../log"
import type { ResolvedOptions } from "../options"
import type { Statements } from "../sql"
import { LONGEST_FILL_MS } from "../stale-fill"
import type { Metrics } from "../telemetry"
import type { Evictor } from "./evictor"
import { OrphanSearch } from "./orphan-search"
import { inBatches } from "./pace"

/** A run ends after this time; what is left waits for the next. */
const LONGEST_RUN_MS = 20_000
/** Three times as long as a fill may take, since the clocks of a process and of the server differ. */
const RECORDS_KEPT_SECONDS = (LONGEST_FILL_MS / 1000) * 3

/** What a run has removed. */
export interface SweepResult {
  /** Whether this process was the one that may sweep. */
  readonly elected: boolean
  readonly expired: number
  readonly evicted: number
}

/** What the sweeper needs of its provider. */
interface Dependencies {
  readonly pool: Pick<CachePool, "maintain">
  readonly statements: Statements
  readonly metrics: Metrics
  readonly log: Log
  /** The circuit breaker of reads. */
  readonly reads: { readonly isClosed: boolean }
  failed(what: string, error: unknown): Promise<void>
}

/**
 * Removes on a cron schedule what the tables need no longer: expired entries, the oldest entries beyond the limits, orphans,
 * old invalidation records and minutes. Every process has a sweeper; the database elects one for each statement (see
 * `sql/elect.ts`).
 */
export class Sweeper {
  private readonly orphanSearches: OrphanSearch[]
  private task?: ScheduledTask

  constructor(
    private readonly dependencies: Dependencies,
    /** The advisory lock by which one process is elected. */
    private readonly lock: string,
    private readonly evictor: Evictor,
    /** Removes what large clears have left. */
    private readonly removal: { run(deadline: number): Promise<unknown> },
    private readonly orphanCleanup: {
      removeOrphans(ids: readonly string[]): void
    }
  ) {
    const { pool, statements } = dependencies
    this.orphanSearches = [
      new OrphanSearch(pool, statements.findOrphanedTags),
      new OrphanSearch(pool, statements.findOrphanedOptions),
    ]
  }

  /** The first run is at the first time of the schedule, not now. */
  start(sweep: ResolvedOptions["sweep"]): void {
    if (sweep === false) {
      return
    }
    const { log } = this.dependencies
    this.task = schedule(sweep.schedule, () => this.sweep(), {
      name: "caching-postgres sweep",
      timezone: sweep.timeZone,
      noOverlap: true,
      // The schedule alone must not keep a process alive.
      unref: true,
      logger: {
        info: (message) => log.debug(message),
        // Missed executions: the process was busy or asleep, and the next one catches up.
        warn: (message) => log.debug(message),
        error: (message) => log.warn("the schedule of the sweep", message),
        debug: () => {},
      },
    })
  }

  stop(): void {
    void this.task?.destroy()
  }

  /**
   * Sweeps now. It does not keep the process alive (see `keepAliveFor`).
   *
   * @returns nothing when the cache is off, or when the sweep failed; the next run makes up for it
   */
  async sweep(): Promise<SweepResult | undefined> {
    const { metrics, reads } = this.dependencies
    if (!reads.isClosed) {
      return undefined
    }
    const begun = performance.now()
    try {
      const result = await this.run(begun)
      metrics.swept(begun, "swept")
      return result
    } catch (error) {
      metrics.swept(begun, "failed")
      metrics.failed("sweep", error)
      await this.dependencies.failed(
        "the sweep failed and will be tried again",
        error
      )
      return undefined
    }
  }

  private async run(begun: number): Promise<SweepResult> {
    const { pool, statements, metrics } = this.dependencies
    const deadline = begun + LONGEST_RUN_MS
    const { elected, expired } = await this.removeExpired(deadline)
    // Without limits the evictor only measures the size, for the metrics of one process.
    const evicts = this.evictor.hasLimits || (elected && metrics.areRecorded)
    const evicted = evicts ? await this.evictor.evict(deadline) : 0
    await this.removal.run(deadline)
    const orphans = await this.removeOrphans()
    if (elected) {
      await this.removeInvalidationRecords(deadline)
      await pool.maintain(statements.sweepMinutes, [])
      const seconds = (performance.now() - begun) / 1000
      const run = [seconds, expired, evicted, orphans]
      await pool.maintain(statements.recordSweep, run)
    }
    return { elected, expired, evicted }
  }

  private async removeExpired(
    deadline: number
  ): Promise<Pick<SweepResult, "elected" | "expired">> {
    const { pool, statements, metrics } = this.dependencies
    let elected = false
    let expired = 0
    await inBatches(deadline, async (rows) => {
      const parameters = [this.lock, rows]
      const [row] = await pool.maintain(statements.sweepExpired, parameters)
      const removed = Number(row![0])
      elected ||= row![1] === "t"
      expired += removed
      metrics.removed(removed, "expired")
      return removed === rows
    })
    return { elected, expired }
  }

  private async removeOrphans(): Promise<number> {
    const orphans = new Set<string>()
    for (const search of this.orphanSearches) {
      for (const id of await search.run()) {
        orphans.add(id)
      }
    }
    this.orphanCleanup.removeOrphans([...orphans])
    return orphans.size
  }

  /** Removes records that are older than every fill. */
  private removeInvalidationRecords(deadline: number): Promise<void> {
    const { pool, statements } = this.dependencies
    return inBatches(deadline, async (rows) => {
      const [row] = await pool.maintain(statements.sweepInvalidations, [
        RECORDS_KEPT_SECONDS,
        rows,
      ])
      return row![0] !== "0"
    })
  }
}
