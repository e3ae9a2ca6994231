import type { CachingPostgresOptions } from "../src"

/** A near cache is passed on before the provider's own type knows it. */
export type ProviderOptions = CachingPostgresOptions & {
  readonly nearCache?: { readonly maxBytes: number }
}

/** A provider and what it works with. */
export interface Contender {
  readonly provider: "postgres" | "redis"
  /** Of the database, or of the Redis. */
  readonly url: string
  /** Of the PostgreSQL provider alone. */
  readonly options: ProviderOptions
}

/** What a process is started for: its argument, as JSON. */
export interface Assignment extends Contender {
  readonly sourceUrl: string
  readonly number: number
  /** Milliseconds for which a process may go on serving what another has cleared. */
  readonly boundMs: number
}

/** What a process has seen and done. */
export interface Tally {
  reads: number
  hits: number
  /** Hits on values that were known to be cleared when the get was called. */
  servedStale: number
  sets: number
  clears: number
  /** Late fills that were refused, where the provider counts them. */
  refused: number
}

export type Order =
  | { readonly kind: "hammer"; readonly seconds: number }
  /** Says which version of each key the process gets. */
  | { readonly kind: "look" }

/** Versions by key; `null` for a miss. */
export type Versions = Readonly<Record<string, number | null>>

export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "hammered"; readonly tally: Tally }
  | { readonly kind: "seen"; readonly versions: Versions }
  | { readonly kind: "failed"; readonly reason: string }
