import type { Contender } from "../integration-tests/support/provider/contender"

/** What a process is started for. */
export interface Assignment extends Contender {
  readonly sourceUrl: string
  readonly number: number
  readonly processes: number
  /**
   * Milliseconds for which a process may go on serving what another has cleared; nothing where it may do so until a
   * pending clear is carried out, since the database fails.
   */
  readonly boundMs?: number
}

/** What a process has seen and done. */
export interface Tally {
  reads: number
  hits: number
  /** Hits on values that were known to be outdated when the get was called. */
  servedStale: number
  sets: number
  clears: number
  /** Stale fills that were rejected, where the provider counts them. */
  rejected: number
}

export interface Report {
  readonly tally: Tally
  /** What has gone wrong since the last report. */
  readonly wrong: readonly string[]
  readonly heapBytes: number
  /** How often the provider has found the database to fail. */
  readonly outages: number
}

/** Versions of the shared keys that a process gets; `null` for a miss. */
export type Versions = Readonly<Record<string, number | null>>

export type Orders = {
  /** Uses the cache; is answered when nothing is under way any more. */
  run(input: { readonly seconds: number }): Promise<void>
  report(input: object): Promise<Report>
  look(input: object): Promise<Versions>
}
