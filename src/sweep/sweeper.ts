import { createHash } from "node:crypto"
import type { Logger } from "@medusajs/framework/types"
import { type ScheduledTask, schedule } from "node-cron"
import type { Context } from "../operations/context"
import type { Tidier } from "../operations/tidy"
import type { ResolvedOptions } from "../options"

/** Rows removed by one statement: some milliseconds of work, so that nothing waits for it. */
const ENTRIES_A_BATCH = 500
const TAGS_A_STRETCH = 20_000
/** A run ends after this time; what is left waits for the next. */
const LONGEST_RUN_MS = 20_000

/**
 * Removes expired entries, on a cron schedule. Every process has a sweeper; for each statement the
 * database elects one (see `sql/sweep-expired.ts`).
 */
export class Sweeper {
  private readonly lock: string
  /** How far the search for orphaned tags has come; it starts over at the end. */
  private orphansSearchedTo = "0"
  private orphans: string[] = []
  private task?: ScheduledTask

  constructor(
    private readonly context: Context,
    private readonly options: ResolvedOptions,
    private readonly tidier: Tidier,
    private readonly logger: Logger
  ) {
    this.lock = sweepLock(options.database.schema)
  }

  /** Nothing is asked of the database before the schedule's first moment. */
  start(): void {
    if (this.options.sweep === false) {
      return
    }
    this.task = schedule(this.options.sweep, () => this.sweep(), {
      name: "caching-postgres sweep",
      noOverlap: true,
      // Must not keep a process alive that has nothing else to do.
      unref: true,
      logger: {
        info: (message) => this.logger.debug(`[caching-postgres] ${message}`),
        // Missed executions: the process was busy or asleep, and the next one catches up.
        warn: (message) => this.logger.debug(`[caching-postgres] ${message}`),
        error: (message) =>
          this.logger.warn(`[caching-postgres] ${String(message)}`),
        debug: () => {},
      },
    })
  }

  stop(): void {
    void this.task?.destroy()
  }

  /** @returns the number of entries removed */
  async sweep(): Promise<number> {
    const deadline = Date.now() + LONGEST_RUN_MS
    try {
      const removed = await this.removeExpired(deadline)
      await this.removeOrphans()
      return removed
    } catch (error) {
      this.logger.warn(
        `[caching-postgres] the sweep failed and will be tried again: ${(error as Error).message}`
      )
      return 0
    }
  }

  private async removeExpired(deadline: number): Promise<number> {
    const { pool, statements } = this.context
    let total = 0
    let removed: number
    do {
      const [row] = await pool.maintain(statements.sweepExpired, [
        this.lock,
        ENTRIES_A_BATCH,
      ])
      removed = Number(row![0])
      total += removed
    } while (removed === ENTRIES_A_BATCH && Date.now() < deadline)
    return total
  }

  /**
   * Looks at a stretch of the tags and removes those without an entry that were without one in the
   * last run, too: the others' process may be tidying up after itself this moment.
   */
  private async removeOrphans(): Promise<void> {
    this.tidier.tidyUpAfter(this.orphans)
    const { pool, statements } = this.context
    const [row] = await pool.maintain(statements.findOrphans, [
      this.orphansSearchedTo,
      TAGS_A_STRETCH,
    ])
    this.orphansSearchedTo = row?.[0] ?? "0"
    this.orphans = (JSON.parse(row?.[1] ?? "[]") as number[]).map(String)
  }
}

/**
 * The number of the advisory lock by which a sweep is elected. All users of a database share these
 * numbers: a digest keeps clear of theirs.
 */
export function sweepLock(schema: string): string {
  return createHash("sha256")
    .update(`medusa-caching-postgres sweep ${schema}`)
    .digest()
    .readBigInt64BE()
    .toString()
}
