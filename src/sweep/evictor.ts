import type { ResolvedOptions } from "../options"
import type { CacheSize } from "../telemetry"
import { BackgroundWork, type MaintenanceDeps } from "./background-work"
import { MAX_RUN_MS } from "./pace"

/** Entries removed by one statement. */
const ENTRIES_PER_BATCH = 500
/** A process measures the size again after it stored this share of a limit. */
const SHARE_BETWEEN_MEASUREMENTS = 0.05
/** Measuring takes some milliseconds, so a small cache is not measured after every few sets. */
const MIN_SETS_BETWEEN_MEASUREMENTS = 20
/** An estimate is this many standard deviations too high in one of 700 measurements. */
const MARGIN_DEVIATIONS = 3

/** Most that a namespace may hold; `Infinity` for no limit. */
type Limits = Pick<ResolvedOptions, "maxEntries" | "maxBytes">

/** The answer of the statement `measureSize`. */
export interface Measurement {
  readonly counted: number
  /** Of the namespace that was counted, above 0; at 1 the count is exact. */
  readonly share: number
  /** Entries whose bytes were measured. */
  readonly sampled: number
  /** Bytes of a sampled entry: mean and standard deviation. */
  readonly meanBytes: number
  readonly deviation: number
}

/**
 * Keeps a namespace within its limits by removing the entries that were set first (docs/design.md says why). It runs in
 * each sweep and, so that it keeps up with writes, whenever this process has stored a twentieth of a limit.
 */
export class Evictor extends BackgroundWork {
  /** Since the last measurement. */
  private storedEntries = 0
  private storedBytes = 0

  constructor(
    on: MaintenanceDeps,
    private readonly limits: Limits
  ) {
    super(on)
  }

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
      this.storedEntries >= MIN_SETS_BETWEEN_MEASUREMENTS
    ) {
      const what = "evicting failed and is left to the sweep"
      this.run(performance.now() + MAX_RUN_MS).catch((error: unknown) =>
        this.deps.readBreaker.failed(what, error)
      )
    }
  }

  protected async remove(deadline: number): Promise<number> {
    const { pool, statements, namespace, metrics } = this.deps
    let total = 0
    for (;;) {
      this.storedEntries = this.storedBytes = 0
      const [row] = await pool.maintain(statements.measureSize, [namespace])
      const measured = JSON.parse(row![0]!) as Measurement
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

  /** @returns fewer than `excess` when another process sweeps, or the time is over */
  private async removeOldest(
    excess: number,
    deadline: number
  ): Promise<number> {
    const { pool, statements, namespace, channel, sweepLock } = this.deps
    let total = 0
    while (total < excess && performance.now() < deadline) {
      const batch = Math.min(ENTRIES_PER_BATCH, excess - total)
      const parameters = [sweepLock, namespace, batch, channel]
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

/** The likeliest size. */
export function sizeOf({ counted, share, meanBytes }: Measurement): CacheSize {
  const entries = counted / share
  return {
    entries: Math.round(entries),
    bytes: Math.round(entries * meanBytes),
  }
}

/** @returns how many entries surely exceed the limits, if all are of equal size; an excess within the margin is none */
export function excessOf(
  { counted, share, sampled, meanBytes, deviation }: Measurement,
  { maxEntries, maxBytes }: Limits
): number {
  if (counted === 0) {
    return 0
  }
  const entries = counted / share
  // Relative variances: of a random part's count, and of a mean over some of all entries.
  const ofCount = (1 - share) / counted
  const ofMean =
    (deviation / meanBytes) ** 2 *
    (1 / Math.max(sampled, 1) - 1 / Math.max(entries, sampled))
  const surely = (value: number, variance: number) =>
    value * (1 - MARGIN_DEVIATIONS * Math.sqrt(variance))

  const tooMany = surely(entries, ofCount) - maxEntries
  const tooLarge =
    (surely(entries * meanBytes, ofCount + ofMean) - maxBytes) / meanBytes
  return Math.max(0, Math.ceil(Math.max(tooMany, tooLarge)))
}
