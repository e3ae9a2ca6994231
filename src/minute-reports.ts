import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import type { CircuitBreaker } from "./faults"
import type { NearCacheStats } from "./near-cache"
import type { ResolvedOptions } from "./options"
import type { Counted } from "./stats"

const PERIOD_MS = 60_000
/** Processes that started together do not report together. */
const JITTER = 0.2
/** In the order of the statement's parameters. */
const COUNTS = ["hits", "nearHits", "misses", "sets", "removed"] as const

/** Of this process, at all servers and in all namespaces. */
const PROCESS_ID = randomUUID()

interface Reporting extends Counted {
  readonly readBreaker: CircuitBreaker
  readonly writes: CircuitBreaker
  readonly near?: { readonly stats: NearCacheStats }
  readonly options: Pick<ResolvedOptions, "nearCache" | "workerMode">
}

/**
 * Adds once a minute what this process has counted to the table of minutes, from which `stats()` has the hit rate of all
 * processes. If the process has read, it reports its near cache, too. Nothing is written for a minute in which nothing
 * happened.
 *
 * The next report includes what could not be written. A report whose answer was lost may be counted twice.
 */
export class MinuteReports {
  private reported = COUNTS.map(() => 0)
  private timer?: NodeJS.Timeout
  private isStopped = false

  constructor(private readonly deps: Reporting) {}

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

  /** A near cache that is closed is not reported any more. */
  stop(): void {
    clearTimeout(this.timer)
    this.isStopped = true
  }

  /** Reports what was counted since the last report, unless a circuit breaker is open. */
  async report(): Promise<void> {
    const { namespace, pool, statements, metrics, readBreaker, writes } =
      this.deps
    const { counts } = metrics
    const counted = COUNTS.map((name) => counts[name])
    const added = difference(counted, this.reported)
    if (
      !readBreaker.isClosed ||
      !writes.isClosed ||
      added.every((n) => n === 0)
    ) {
      return
    }
    this.reported = counted
    const [hits = 0, , misses = 0] = added
    try {
      if (hits + misses > 0 && !this.isStopped) {
        await this.reportNearCache()
      }
      await pool.maintain(statements.addToMinute, [namespace, ...added])
    } catch (error) {
      this.reported = difference(this.reported, added)
      await readBreaker.failed(
        "the hit rate of this process could not be recorded and will be later",
        error
      )
    }
  }

  private async reportNearCache(): Promise<void> {
    const { namespace, pool, statements, metrics, near, options } = this.deps
    if (!near || !options.nearCache) {
      return
    }
    const { isListening, entries, bytes, hits } = near.stats
    const { counts } = metrics
    await pool.maintain(statements.reportProcess, [
      namespace,
      PROCESS_ID,
      `${hostname()}:${process.pid}`,
      options.workerMode ?? null,
      process.uptime(),
      isListening,
      entries,
      bytes,
      options.nearCache.maxBytes,
      hits,
      counts.hits + counts.misses,
    ])
  }
}

const difference = (from: readonly number[], what: readonly number[]) =>
  from.map((count, index) => count - what[index]!)
