import type { CachePool } from "../connection"
import type { Digester } from "../encoding/digest"
import type { Availability } from "../faults"
import type { Misses } from "../late-fill"
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
  /** The advisory lock by which clears and sets that follow a miss take turns. */
  readonly stampLock: string
  readonly near?: NearCache
  /** On which removals are announced to the near caches of other processes, if there are any. */
  readonly channel: string | null
  readonly availability: Availability
  readonly log: Log
  readonly metrics: Metrics
}
