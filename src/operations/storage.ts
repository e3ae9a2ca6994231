import type { CachePool } from "../connection"
import type { Digester } from "../digests"
import type { Statements } from "../sql"

/** The tables of a namespace, and what reaches them. */
export interface Storage {
  readonly namespace: string
  readonly pool: CachePool
  readonly statements: Statements
  readonly digests: Digester
  /** The advisory lock that a clear takes exclusively, and a set that follows a miss shared. */
  readonly invalidationLock: string
  /** On which removals are announced to the near caches of other processes; null without near caches. */
  readonly channel: string | null
}
