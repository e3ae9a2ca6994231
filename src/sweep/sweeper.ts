import { type ScheduledTask, schedule } from "node-cron"
import type { Evictor } from "../eviction/evictor"
import type { Context } from "../operations/context"
import type { LargeClears } from "../operations/large-clears"
import type { OrphanCleanup } from "../operations/orphan-cleanup"
import type { ResolvedOptions } from "../options"
import { removeExpired, type Run } from "./expired"
import { Orphans } from "./orphans"
import { removeInvalidations } from "./invalidations"

/** A run ends after this time; what is left waits for the next. */
const LONGEST_RUN_MS = 20_000

/** What a run has removed. */
export interface SweepResult {
  /** Whether this process was the one that may sweep. */
  readonly elected: boolean
  readonly expired: number
  readonly evicted: number
}

/**
 * Removes expired entries and, beyond the limits of size, the oldest ones, on a cron schedule. Every
 * process has a sweeper; for each statement the database elects one (see `sql/sweep.ts`).
 */
export class Sweeper {
  private readonly orphans: Orphans
  private task?: ScheduledTask

  constructor(
    private readonly context: Context,
    private readonly lock: string,
    private readonly evictor: Evictor,
    private readonly largeClears: LargeClears,
    orphans: OrphanCleanup
  ) {
    this.orphans = new Orphans(context, orphans)
  }

  /** Nothing is asked of the database before the schedule's first moment. */
  start(sweep: ResolvedOptions["sweep"]): void {
    if (sweep === false) {
      return
    }
    const { log } = this.context
    this.task = schedule(sweep.schedule, () => this.sweep(false), {
      name: "caching-postgres sweep",
      timezone: sweep.timeZone,
      noOverlap: true,
      // Must not keep a process alive that has nothing else to do.
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
   * Does nothing while the cache is off.
   *
   * @param keepsAlive whether the process is to live on for it: one that somebody waits for
   * @returns nothing when it failed, which the next run makes up for
   */
  async sweep(keepsAlive = true): Promise<SweepResult | undefined> {
    const { metrics, reads } = this.context
    if (!reads.isClosed) {
      return undefined
    }
    const begun = performance.now()
    const seconds = () => (performance.now() - begun) / 1000
    try {
      const run = { deadline: begun + LONGEST_RUN_MS, keepsAlive }
      const result = await this.run(run, seconds)
      metrics.swept(seconds(), "swept")
      return result
    } catch (error) {
      await this.context.failed(
        "the sweep failed and will be tried again",
        error
      )
      metrics.failed("sweep", error)
      metrics.swept(seconds(), "failed")
      return undefined
    }
  }

  private async run(run: Run, seconds: () => number): Promise<SweepResult> {
    const { pool, statements, metrics } = this.context
    const expired = await removeExpired(this.context, this.lock, run)
    metrics.removed(expired.entries, "expired")
    // The one that is elected looks at the size also for those who watch it.
    const isWatched = expired.elected && metrics.areRecorded
    const evicted =
      isWatched || this.evictor.hasLimits
        ? await this.evictor.evict(run.deadline)
        : 0
    await this.largeClears.run(run.deadline)
    const orphans = await this.orphans.remove()
    if (expired.elected) {
      await removeInvalidations(this.context, run)
      await pool.maintain(statements.sweepMinutes, [])
      await pool.maintain(statements.recordSweep, [
        seconds(),
        expired.entries,
        evicted,
        orphans,
      ])
    }
    return { elected: expired.elected, expired: expired.entries, evicted }
  }
}
