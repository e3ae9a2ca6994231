import type { CircuitBreaker } from "../faults"
import type { Context } from "../operations/context"
import type { Counts } from "../telemetry"

const PERIOD_MS = 60_000
/** Processes that started together do not report together. */
const JITTER = 0.2

/**
 * Adds what this process has counted to the table of minutes once a minute, so that `stats` knows the hit rate of
 * all processes. Nothing is written for a minute in which nothing happened.
 *
 * What could not be written is added to the next report. A report whose answer was lost may be counted twice.
 */
export class MinuteReports {
  private reported: Counts
  private timer?: NodeJS.Timeout

  constructor(
    private readonly context: Pick<
      Context,
      "failed" | "metrics" | "namespace" | "pool" | "reads" | "statements"
    > & { readonly writes: Pick<CircuitBreaker, "isClosed"> }
  ) {
    this.reported = context.metrics.counts
  }

  /** @param periodMillis about so long after one report comes the next */
  start(periodMillis = PERIOD_MS): void {
    this.timer = setTimeout(
      () => {
        void this.report()
        this.start(periodMillis)
      },
      periodMillis * (1 - JITTER * Math.random())
      // Must not keep a process alive that has nothing else to do.
    ).unref()
  }

  stop(): void {
    clearTimeout(this.timer)
  }

  /** Reports what was counted since the last report. While a circuit breaker is open it waits for a later one. */
  async report(): Promise<void> {
    const { failed, metrics, namespace, pool, reads, statements, writes } =
      this.context
    const counts = metrics.counts
    const added = difference(counts, this.reported)
    if (!reads.isClosed || !writes.isClosed || isNothing(added)) {
      return
    }
    this.reported = counts
    const { hits, nearHits, misses, sets, removed } = added
    try {
      await pool.maintain(statements.addToMinute, [
        namespace,
        hits,
        nearHits,
        misses,
        sets,
        removed,
      ])
    } catch (error) {
      this.reported = difference(this.reported, added)
      await failed(
        "the hit rate of this process could not be recorded and will be later",
        error
      )
    }
  }
}

function difference(minuend: Counts, subtrahend: Counts): Counts {
  return {
    hits: minuend.hits - subtrahend.hits,
    nearHits: minuend.nearHits - subtrahend.nearHits,
    misses: minuend.misses - subtrahend.misses,
    sets: minuend.sets - subtrahend.sets,
    removed: minuend.removed - subtrahend.removed,
  }
}

function isNothing(counts: Counts): boolean {
  return Object.values(counts).every((count) => count === 0)
}
