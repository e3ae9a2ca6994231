import type { Context } from "../operations/context"
import type { CacheSize } from "../telemetry"
import { excessOf, type Limits } from "./limits"

/** Entries removed by one statement. */
const ENTRIES_A_BATCH = 500
/** What a process may store before it looks at the size again, as a share of a limit. */
const SHARE_BETWEEN_LOOKS = 0.05
/** A look costs some milliseconds, so small caches are not looked at with every few sets. */
const LEAST_SETS_BETWEEN_LOOKS = 20
/** When writes set it off. */
const LONGEST_RUN_MS = 20_000

/**
 * Keeps a namespace within its limits by removing what was set longest ago (see docs/design.md for
 * why). The size is estimated from a sample, on the schedule of the sweep and, between its runs,
 * whenever this process has stored a twentieth of a limit: so eviction keeps up with whatever writes.
 */
export class Evictor {
  private storedEntries = 0
  private storedBytes = 0
  private running?: Promise<number>

  constructor(
    private readonly context: Context,
    private readonly lock: string,
    private readonly limits: Limits
  ) {}

  get hasLimits(): boolean {
    const { maxEntries, maxBytes } = this.limits
    return maxEntries < Infinity || maxBytes < Infinity
  }

  /** @param bytes of JSON */
  noteStored(entries: number, bytes: number): void {
    this.storedEntries += entries
    this.storedBytes += bytes
    if (this.isTimeToLook()) {
      this.evict(performance.now() + LONGEST_RUN_MS).catch((error: unknown) =>
        this.context.failed("evicting failed and is left to the sweep", error)
      )
    }
  }

  /** Resolves when no eviction is under way. */
  async idle(): Promise<void> {
    // Whoever began it deals with its failure.
    await this.running?.catch(() => {})
  }

  /**
   * @param deadline by `performance.now()`; what is left then waits for the next run
   * @returns the number of entries removed
   */
  evict(deadline: number): Promise<number> {
    this.running ??= this.run(deadline).finally(
      () => (this.running = undefined)
    )
    return this.running
  }

  private isTimeToLook(): boolean {
    const { maxEntries, maxBytes } = this.limits
    return (
      this.storedEntries >= LEAST_SETS_BETWEEN_LOOKS &&
      (this.storedEntries >= maxEntries * SHARE_BETWEEN_LOOKS ||
        this.storedBytes >= maxBytes * SHARE_BETWEEN_LOOKS)
    )
  }

  private async run(deadline: number): Promise<number> {
    const { metrics } = this.context
    let total = 0
    for (;;) {
      this.storedEntries = this.storedBytes = 0
      const size = await this.estimate()
      metrics.size = size
      const excess = excessOf(size, this.limits)
      if (excess === 0) {
        return total
      }
      const evicted = await this.removeOldest(excess, deadline)
      metrics.removed(evicted, "evicted")
      total += evicted
      if (evicted < excess) {
        return total
      }
    }
  }

  private async estimate(): Promise<CacheSize> {
    const { pool, statements, namespace } = this.context
    const [row] = await pool.maintain(statements.estimateSize, [namespace])
    return { entries: Number(row![0]), bytes: Number(row![1]) }
  }

  /** @returns fewer than asked for when another process sweeps, or the time is over */
  private async removeOldest(
    excess: number,
    deadline: number
  ): Promise<number> {
    const { pool, statements, namespace, channel } = this.context
    let total = 0
    while (total < excess && performance.now() < deadline) {
      const asked = Math.min(ENTRIES_A_BATCH, excess - total)
      const [row] = await pool.maintain(statements.evictOldest, [
        this.lock,
        namespace,
        asked,
        channel,
      ])
      const evicted = Number(row![0])
      total += evicted
      if (evicted < asked) {
        break
      }
    }
    return total
  }
}
