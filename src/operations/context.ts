import type { CachePool } from "../connection"
import type { Digester } from "../encoding/digest"
import type { CircuitBreaker, PendingClears } from "../faults"
import type { Misses } from "../stale-fill"
import type { NearCache } from "../near-cache"
import type { Log } from "../log"
import type { Statements } from "../sql"
import type { Metrics } from "../telemetry"

/** What every operation works with. */
export interface Context {
  readonly namespace: string
  readonly pool: CachePool
  readonly statements: Statements
  readonly digests: Digester
  readonly misses: Misses
  /** The advisory lock that a clear takes exclusively, and a set that follows a miss shared. */
  readonly invalidationLock: string
  readonly near?: NearCache
  /** On which removals are announced to the near caches of other processes, if there are any. */
  readonly channel: string | null
  /** Open while the database is unreachable or cannot be read. */
  readonly reads: CircuitBreaker
  /** Open while the database cannot be written. */
  readonly writes: CircuitBreaker
  readonly pending: PendingClears
  readonly log: Log
  readonly metrics: Metrics
  /**
   * Something has failed, and the caller goes on. Finds out whether the database is away; if not, the log says it.
   *
   * @param what and what follows from it
   */
  failed(what: string, error: unknown): Promise<void>
}
