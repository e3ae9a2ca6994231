/** Each bucket's upper bound is 1 % above its lower one, which is how exact a quantile is. */
const GROWTH = 1.01
/** 100 nanoseconds: what is faster than that is counted here. */
const SMALLEST_MS = 1e-4
/** Reaches 1,000 seconds. */
const BUCKETS = Math.ceil(Math.log(1e10) / Math.log(GROWTH))
const LOG_GROWTH = Math.log(GROWTH)

/**
 * Latencies by the million in a fixed space, so that recording them neither slows a fast provider down
 * nor fills its heap. Histograms of several rounds and processes add up.
 */
export class LatencyHistogram {
  private constructor(private readonly counts: Uint32Array) {}

  static empty(): LatencyHistogram {
    return new LatencyHistogram(new Uint32Array(BUCKETS))
  }

  /** @param counts what `counted` gave, in this process or in another */
  static from(counts: Uint32Array): LatencyHistogram {
    return new LatencyHistogram(counts)
  }

  get counted(): Uint32Array {
    return this.counts
  }

  record(ms: number): void {
    const bucket = Math.floor(Math.log(ms / SMALLEST_MS) / LOG_GROWTH)
    this.counts[Math.min(Math.max(bucket, 0), BUCKETS - 1)]!++
  }

  add(other: LatencyHistogram): void {
    for (const [bucket, count] of other.counts.entries()) {
      this.counts[bucket]! += count
    }
  }

  /** @returns milliseconds, or NaN when nothing was recorded */
  quantile(share: number): number {
    const total = this.counts.reduce((sum, count) => sum + count, 0)
    const rank = Math.max(1, Math.ceil(share * total))
    let seen = 0
    for (const [bucket, count] of this.counts.entries()) {
      seen += count
      if (seen >= rank) {
        return SMALLEST_MS * GROWTH ** (bucket + 0.5)
      }
    }
    return NaN
  }
}
