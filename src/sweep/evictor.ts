import type { CachePool } from "../connection"
import type { CircuitBreaker } from "../faults"
import type { Statements } from "../sql"
import type { Metrics } from "../telemetry"
import { excessOf, type Limits, type Measurement, sizeOf } from "./limits"
import { LONGEST_RUN_MS } from "./pace"

/** Entries removed by one statement. */
const ENTRIES_A_BATCH = 500
/** A process measures the size again after it stored this share of a limit. */
const SHARE_BETWEEN_MEASUREMENTS = 0.05
/** Measuring takes some milliseconds, so a small cache is not measured after every few sets. */
const LEAST_SETS_BETWEEN_MEASUREMENTS = 20

/** What the evictor needs of its provider. */
interface Dependencies {
  readonly namespace: string
  readonly pool: Pick<CachePool, "maintain">
  readonly statements: Pick<Statements, "evictOldest" | "measureSize">
  /** On which evictions are announced to near caches; `null` without them. */
  readonly channel: string | null
  readonly metrics: Pick<Metrics, "removed" | "size">
  readonly reads: Pick<CircuitBreaker, "failed">
}

/**
 * Keeps a namespace within its limits by removing the entries that were set first (docs/design.md says why). It runs in
 * each sweep and, so that it keeps up with writes, whenever this process has stored a twentieth of a limit.
 */
export class Evictor {
  /** Since the last measurement. */
  private storedEntries = 0
  private storedBytes = 0
  private running?: Promise<number>

  /** @param lock the advisory lock by which one process is elected */
  constructor(
    private readonly dependencies: Dependencies,
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
    const { maxEntries, maxBytes } = this.limits
    const share = Math.max(
      this.storedEntries / maxEntries,
      this.storedBytes / maxBytes
    )
    if (
      share >= SHARE_BETWEEN_MEASUREMENTS &&
      this.storedEntries >= LEAST_SETS_BETWEEN_MEASUREMENTS
    ) {
      const what = "evicting failed and is left to the sweep"
      this.evict(performance.now() + LONGEST_RUN_MS).catch((error: unknown) =>
        this.dependencies.reads.failed(what, error)
      )
    }
  }

  /** Resolves when no eviction is under way. */
  async idle(): Promise<void> {
    // The caller that started it handles its failure.
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

  private async run(deadline: number): Promise<number> {
    const { metrics } = this.dependencies
    let total = 0
    for (;;) {
      this.storedEntries = this.storedBytes = 0
      const measured = await this.measure()
      metrics.size = sizeOf(measured)
      const excess = excessOf(measured, this.limits)
      const evicted = await this.removeOldest(excess, deadline)
      metrics.removed(evicted, "evicted")
      total += evicted
      if (excess === 0 || evicted < excess) {
        return total
      }
    }
  }

  private async measure(): Promise<Measurement> {
    const { pool, statements, namespace } = this.dependencies
    const [row] = await pool.maintain(statements.measureSize, [namespace])
    const [counted, share, sampled, meanBytes, deviation] = row!.map(
      Number
    ) as [number, number, number, number, number]
    return { counted, share, sampled, meanBytes, deviation }
  }

  /** @returns fewer than `excess` when another process sweeps, or the time is over */
  private async removeOldest(
    excess: number,
    deadline: number
  ): Promise<number> {
    const { pool, statements, namespace, channel } = this.dependencies
    let total = 0
    while (total < excess && performance.now() < deadline) {
      const batch = Math.min(ENTRIES_A_BATCH, excess - total)
      const parameters = [this.lock, namespace, batch, channel]
      const [row] = await pool.maintain(statements.evictOldest, parameters)
      const evicted = Number(row![0])
      total += evicted
      if (evicted < batch) {
        break
      }
    }
    return total
  }
}
