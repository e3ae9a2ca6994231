import type { CircuitBreaker } from "./faults"
import type { NearCacheStats } from "./near-cache"
import type { Storage } from "./storage"
import type { Counts, Metrics } from "./telemetry"

/** What a namespace holds, and how its cache is doing. */
export interface CacheStats {
  readonly namespace: string
  /** Share of the entries that was counted, in percent. At 100 `entries` is exact, below it is an estimate. */
  readonly countedPercent: number
  /**
   * Share of the entries that was read, in percent. At 100 `bytes`, `oldestEntry`, `topTags` and `topProducts` are
   * exact, below they are estimates.
   */
  readonly sampledPercent: number
  /** Entries, with those that have expired or were left by a large clear, until they are removed. */
  readonly entries: number
  /** Bytes of entries and tags as stored, with their places in indexes. */
  readonly bytes: number
  /** When the oldest entry was set; `null` without entries. */
  readonly oldestEntry: Date | null
  /** The tags that the most entries have, most first. */
  readonly topTags: readonly TopTag[]
  /** Those of them that name one product, as Medusa tags entries. */
  readonly topProducts: readonly TopTag[]
  /** The tables as a whole: of every namespace. */
  readonly tables: readonly {
    readonly name: string
    /** On disk, with indexes and what is stored out of line. */
    readonly bytes: number
    /** By PostgreSQL's statistics. */
    readonly liveRows: number
    readonly deadRows: number
    /** Dead rows among all, 0 to 1. */
    readonly deadShare: number
    readonly lastVacuum: Date | null
  }[]
  /** Reads by this process since it started; the rate is `null` before the first. */
  readonly hits: number
  readonly misses: number
  readonly hitRate: number | null
  /** Of all processes, by what they have reported: each reports once a minute. */
  readonly lastHour: Usage
  readonly lastDay: Usage
  /** Of this process; `null` without one. */
  readonly nearCache: NearCacheStats | null
  /** Of all processes that have read within the last minutes, by what they have reported, too. */
  readonly nearCaches: readonly ReportedNearCache[]
  /** The last run of the sweep in any process; `null` before the first. */
  readonly lastSweep: {
    readonly at: Date
    readonly seconds: number
    readonly expired: number
    readonly evicted: number
    readonly orphans: number
  } | null
  /** Of each server, where there are several; the other fields are of all together. */
  readonly servers?: readonly ServerStats[]
}

/** The near cache of a process, as that has reported it. */
export interface ReportedNearCache extends NearCacheStats {
  /** Of the process, drawn when it started. */
  readonly id: string
  /** Host and number of the process. */
  readonly process: string
  /** Medusa's; `null` outside of a shop. */
  readonly workerMode: string | null
  /** When the process started. */
  readonly startedAt: Date
  readonly reportedAt: Date
  /** What the option allows. */
  readonly maxBytes: number
  /** By this process since it started, from the near cache or the table. */
  readonly reads: number
}

export interface ServerStats {
  readonly name: string
  /** Without them, `error` says why the server could not be asked. */
  readonly stats?: CacheStats
  readonly error?: string
}

export interface TopTag {
  readonly tag: string
  readonly entries: number
}

/** What a process knows of its cache without asking the database. */
export interface CacheStatus {
  /** Off, every get is a miss; with reads only, sets are dropped and clears are pending. */
  readonly state: "on" | "reads only" | "off"
  readonly since: Date
  /** Why it is not on; `null` while it is. */
  readonly reason: string | null
  /** Keys and tags of pending clears. */
  readonly pendingClears: number
  /** Of this process; `null` without one. */
  readonly nearCache: NearCacheStats | null
}

export interface Usage extends Readonly<Counts> {
  /** 0 to 1; `null` without a read. */
  readonly hitRate: number | null
}

/** The answer of the statement `readStats`. */
type StatsOfTables = Omit<
  CacheStats,
  "namespace" | "hits" | "misses" | "hitRate" | "nearCache" | "servers"
>

const TIMES = new Set([
  "oldestEntry",
  "lastVacuum",
  "at",
  "startedAt",
  "reportedAt",
])
export const TOP_TAGS = 10

export interface Counted extends Pick<
  Storage,
  "namespace" | "pool" | "statements"
> {
  readonly metrics: Metrics
}

export function readStatus(of: {
  readonly readBreaker: CircuitBreaker
  readonly writes: { readonly breaker: CircuitBreaker }
  readonly pending: { readonly size: number }
  readonly near?: { readonly stats: NearCacheStats }
}): CacheStatus {
  const { readBreaker, writes, pending, near } = of
  const { breaker } = writes
  const open = [readBreaker, breaker].find(({ isClosed }) => !isClosed)
  const latest =
    readBreaker.since > breaker.since ? readBreaker.since : breaker.since
  return {
    state: !open ? "on" : open === readBreaker ? "off" : "reads only",
    since: open?.since ?? latest,
    reason: open?.reason ?? null,
    pendingClears: pending.size,
    nearCache: near?.stats ?? null,
  }
}

/** @throws when the database does not answer */
export async function readStats(
  of: Counted & { readonly near?: { readonly stats: NearCacheStats } }
): Promise<CacheStats> {
  const { namespace, pool, statements, near, metrics } = of
  const [row] = await pool.maintain(statements.readStats, [namespace, TOP_TAGS])
  const answer = JSON.parse(row![0]!, (name, value: string | null) =>
    TIMES.has(name) && value !== null ? new Date(value) : value
  ) as StatsOfTables
  const { hits, misses } = metrics.counts
  const hitRate = hitRateOf(hits, misses)
  const nearCache = near?.stats ?? null
  return { namespace, ...answer, hits, misses, hitRate, nearCache }
}

/** @returns 0 to 1; `null` without a read */
export function hitRateOf(hits: number, misses: number): number | null {
  return hits + misses > 0 ? hits / (hits + misses) : null
}
