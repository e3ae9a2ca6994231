import type { CachePool } from "../connection"
import type { CircuitBreaker } from "../faults"
import type { Statements } from "../sql"
import type { Metrics } from "../telemetry"

const PERIOD_MS = 60_000
/** Processes that started together do not report together. */
const JITTER = 0.2
/** In the order of the statement's parameters. */
const COUNTS = ["hits", "nearHits", "misses", "sets", "removed"] as const

/** What the reports need of their provider. */
interface Dependencies {
  readonly namespace: string
  readonly pool: Pick<CachePool, "maintain">
  readonly statements: Pick<Statements, "addToMinute">
  readonly metrics: Pick<Metrics, "counts">
  readonly reads: Pick<CircuitBreaker, "failed" | "isClosed">
  readonly writes: Pick<CircuitBreaker, "isClosed">
}

/**
 * Adds once a minute what this process has counted to the table of minutes, from which `stats()` has the hit rate of all
 * processes. Nothing is written for a minute in which nothing happened.
 *
 * The next report includes what could not be written. A report whose answer was lost may be counted twice.
 */
export class MinuteReports {
  private reported: number[]
  private timer?: NodeJS.Timeout

  constructor(private readonly dependencies: Dependencies) {
    this.reported = this.counts()
  }

  /** @param periodMillis about the time from one report to the next */
  start(periodMillis = PERIOD_MS): void {
    this.timer = setTimeout(
      () => {
        void this.report()
        this.start(periodMillis)
      },
      periodMillis * (1 - JITTER * Math.random())
      // The timer alone must not keep a process alive.
    ).unref()
  }

  stop(): void {
    clearTimeout(this.timer)
  }

  /** Reports what was counted since the last report, unless a circuit breaker is open. */
  async report(): Promise<void> {
    const { namespace, pool, statements, reads, writes } = this.dependencies
    const counts = this.counts()
    const added = difference(counts, this.reported)
    if (!reads.isClosed || !writes.isClosed || added.every((n) => n === 0)) {
      return
    }
    this.reported = counts
    try {
      await pool.maintain(statements.addToMinute, [namespace, ...added])
    } catch (error) {
      this.reported = difference(this.reported, added)
      await reads.failed(
        "the hit rate of this process could not be recorded and will be later",
        error
      )
    }
  }

  private counts(): number[] {
    const { counts } = this.dependencies.metrics
    return COUNTS.map((name) => counts[name])
  }
}

function difference(from: readonly number[], what: readonly number[]) {
  return from.map((count, index) => count - what[index]!)
}
