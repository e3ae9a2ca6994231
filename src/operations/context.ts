import type { CachePool } from "../connection"
import type { Digester } from "../encoding/digest"
import type { Statements } from "../sql"

/** What every operation works with. */
export interface Context {
  readonly namespace: string
  readonly pool: CachePool
  readonly statements: Statements
  readonly digests: Digester
}
