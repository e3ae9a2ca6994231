import { type ScheduledTask, schedule } from "node-cron"
import type { ResolvedOptions } from "../options"
import { MAX_FILL_MS } from "../stale-fill"
import type { MaintenanceDeps } from "./background-work"
import type { Evictor } from "./evictor"
import type { LargeClears } from "./large-clears"
import type { OrphanCleanup } from "./orphan-cleanup"
import { inBatches, MAX_RUN_MS } from "./pace"

/** Three times as long as a fill may take, since the clocks of a process and of the server differ. */
const RECORDS_KEPT_SECONDS = (MAX_FILL_MS / 1000) * 3

/** What a run has removed. */
export interface SweepResult {
  /** Whether this process was elected to sweep. */
  readonly elected: boolean
  readonly expired: number
  readonly evicted: number
}

interface Dependencies extends MaintenanceDeps {
  readonly evictor: Evictor
  readonly largeClears: LargeClears
  readonly orphans: OrphanCleanup
}

/**
 * Keeps the tables small: on a cron schedule it removes expired entries, the oldest beyond the limits, what large clears
 * have left, orphans, and old rows of the other tables. Every process has a sweeper; an advisory lock elects one of them
 * for each batch of expired entries and of entries beyond the limits.
 */
export class Sweeper {
  private task?: ScheduledTask

  constructor(private readonly deps: Dependencies) {}

  /** The first sweep is at the first time of the schedule, not now. */
  start(sweep: ResolvedOptions["sweep"]): void {
    if (sweep === false) {
      return
    }
    const { log } = this.deps
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
   * @returns nothing while the cache is off, or when the sweep failed; the next one makes up for it
   */
  async sweep(): Promise<SweepResult | undefined> {
    const { metrics, readBreaker } = this.deps
    if (!readBreaker.isClosed) {
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
      await readBreaker.failed(
        "the sweep failed and will be tried again",
        error
      )
      return undefined
    }
  }

  private async run(begun: number): Promise<SweepResult> {
    const { pool, statements, metrics, evictor, largeClears, orphans } =
      this.deps
    const deadline = begun + MAX_RUN_MS
    const { elected, expired } = await this.removeExpired(deadline)
    // Without limits the evictor only measures the size, for the metrics of one process.
    const evicts = evictor.hasLimits || (elected && metrics.areRecorded)
    const evicted = evicts ? await evictor.run(deadline) : 0
    await largeClears.run(deadline)
    const orphaned = await orphans.search()
    if (elected) {
      await this.removeInvalidationRecords(deadline)
      await pool.maintain(statements.sweepMinutes, [])
      await pool.maintain(statements.sweepProcesses, [])
      await pool.maintain(statements.sweepLeases, [])
      const seconds = (performance.now() - begun) / 1000
      const run = [seconds, expired, evicted, orphaned]
      await pool.maintain(statements.recordSweep, run)
    }
    return { elected, expired, evicted }
  }

  private async removeExpired(
    deadline: number
  ): Promise<Omit<SweepResult, "evicted">> {
    const { pool, statements, metrics, sweepLock } = this.deps
    let elected = false
    let expired = 0
    await inBatches(deadline, async (rows) => {
      const parameters = [sweepLock, rows]
      const [row] = await pool.maintain(statements.sweepExpired, parameters)
      const removed = Number(row![0])
      elected ||= row![1] === "t"
      expired += removed
      metrics.removed(removed, "expired")
      return removed === rows ? "more" : "nothing"
    })
    return { elected, expired }
  }

  /** Removes records that are older than every fill. */
  private removeInvalidationRecords(deadline: number): Promise<void> {
    const { pool, statements } = this.deps
    return inBatches(deadline, async (rows) => {
      const parameters = [RECORDS_KEPT_SECONDS, rows]
      const statement = statements.sweepInvalidations
      const [row] = await pool.maintain(statement, parameters)
      return row![0] === "0" ? "nothing" : "more"
    })
  }
}
