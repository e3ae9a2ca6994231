import type { ResolvedOptions } from "../options"
import type { CacheSize } from "../telemetry"

/** Most that a namespace may hold; `Infinity` for no limit. */
export type Limits = Pick<ResolvedOptions, "maxEntries" | "maxBytes">

/** The answer of the statement `measureSize`. */
export interface Measurement {
  /** Entries counted. */
  readonly counted: number
  /** The share of the namespace that was counted, above 0; at 1 the count is exact. */
  readonly share: number
  /** Entries whose bytes were measured. */
  readonly sampled: number
  /** Bytes of a sampled entry: mean and standard deviation. */
  readonly meanBytes: number
  readonly deviation: number
}

/** An estimate is this many standard deviations too high in one of 700 measurements. */
const MARGIN_DEVIATIONS = 3

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
