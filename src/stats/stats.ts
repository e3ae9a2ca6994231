import type { CachePool } from "../connection"
import type { NearCacheStats } from "../near-cache"
import type { Statements } from "../sql"
import type { Counts, Metrics } from "../telemetry"

/** What a namespace holds, and how its cache is doing. */
export interface CacheStats {
  readonly namespace: string
  /** Share of the entries that was counted, in percent. At 100 `entries` is exact, below it is an estimate. */
  readonly countedPercent: number
  /**
   * Share of the entries that was read, in percent. At 100 `bytes`, `oldestEntry` and `topTags` are exact, below they
   * are estimates.
   */
  readonly sampledPercent: number
  /** Entries, with those that have expired or were left by a large clear, until they are removed. */
  readonly entries: number
  /** Bytes of entries and tags as stored, with their places in indexes. */
  readonly bytes: number
  /** When the oldest entry was set; `null` without entries. */
  readonly oldestEntry: Date | null
  /** The tags that the most entries have, most first. */
  readonly topTags: readonly {
    readonly tag: string
    readonly entries: number
  }[]
  /** The tables as a whole: of every namespace. */
  readonly tables: readonly TableStats[]
  /** Reads by this process since it started; the rate is `null` before the first. */
  readonly hits: number
  readonly misses: number
  readonly hitRate: number | null
  /** Of all processes, by what they have reported: each reports once a minute. */
  readonly lastHour: Usage
  readonly lastDay: Usage
  /** Of this process; `null` without one. */
  readonly nearCache: NearCacheStats | null
  /** The last run of the sweep in any process; `null` before the first. */
  readonly lastSweep: LastSweep | null
}

export interface Usage extends Readonly<Counts> {
  /** 0 to 1; `null` without a read. */
  readonly hitRate: number | null
}

export interface TableStats {
  readonly name: string
  /** On disk, with indexes and what is stored out of line. */
  readonly bytes: number
  /** By PostgreSQL's statistics. */
  readonly liveRows: number
  readonly deadRows: number
  /** Dead rows among all, 0 to 1. */
  readonly deadShare: number
  readonly lastVacuum: Date | null
}

export interface LastSweep {
  readonly at: Date
  readonly seconds: number
  readonly expired: number
  readonly evicted: number
  readonly orphans: number
}

/** The answer of the statement `readStats`. */
interface Answer extends Pick<
  CacheStats,
  "countedPercent" | "sampledPercent" | "entries" | "bytes" | "lastSweep"
> {
  oldest: Date | null
  /** Each as a JSON string. */
  tags: CacheStats["topTags"]
  tables: Omit<TableStats, "deadShare">[]
  lastHour: Counts
  lastDay: Counts
}

const TIMES = new Set(["oldest", "lastVacuum", "at"])
const TOP_TAGS = 10

/** What the statistics need of their provider. */
interface Dependencies {
  readonly namespace: string
  readonly pool: Pick<CachePool, "maintain">
  readonly statements: Pick<Statements, "readStats">
  readonly near?: { readonly stats: NearCacheStats }
  readonly metrics: Pick<Metrics, "counts">
}

/** @throws when the database does not answer */
export async function readStats(
  dependencies: Dependencies
): Promise<CacheStats> {
  const { namespace, pool, statements, near, metrics } = dependencies
  const [row] = await pool.maintain(statements.readStats, [namespace, TOP_TAGS])
  const answer = JSON.parse(row![0]!, (name, value: string | null) =>
    TIMES.has(name) && value !== null ? new Date(value) : value
  ) as Answer
  const { hits, misses } = metrics.counts

  return {
    namespace,
    countedPercent: answer.countedPercent,
    sampledPercent: answer.sampledPercent,
    entries: Math.round(answer.entries),
    bytes: Math.round(answer.bytes),
    oldestEntry: answer.oldest,
    topTags: answer.tags.map(({ tag, entries }) => ({
      tag: JSON.parse(tag) as string,
      entries: Math.round(entries),
    })),
    tables: answer.tables.map((table) => ({
      ...table,
      deadShare: table.deadRows / Math.max(table.liveRows + table.deadRows, 1),
    })),
    hits,
    misses,
    hitRate: hitRate({ hits, misses }),
    lastHour: { ...answer.lastHour, hitRate: hitRate(answer.lastHour) },
    lastDay: { ...answer.lastDay, hitRate: hitRate(answer.lastDay) },
    nearCache: near?.stats ?? null,
    lastSweep: answer.lastSweep,
  }
}

function hitRate({ hits, misses }: Pick<Counts, "hits" | "misses">) {
  return hits + misses > 0 ? hits / (hits + misses) : null
}
