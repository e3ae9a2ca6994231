import type { CachingPostgresOptions } from "../../../src"

/** A provider and what it works with. */
export interface Contender {
  readonly provider: "postgres" | "redis"
  /** Of the database, or of the Redis. */
  readonly url: string
  /** Of the PostgreSQL provider alone. */
  readonly options: CachingPostgresOptions
}
