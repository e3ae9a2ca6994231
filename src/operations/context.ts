import type { CachePool } from "../connection"
import type { Digester } from "../encoding/digest"
import type { Availability } from "../faults"
import type { Log } from "../log"
import type { Statements } from "../sql"
import type { Metrics } from "../telemetry"

/** What every operation works with. */
export interface Context {
  readonly namespace: string
  readonly pool: CachePool
  readonly statements: Statements
  readonly digests: Digester
  readonly availability: Availability
  readonly log: Log
  readonly metrics: Metrics
}
