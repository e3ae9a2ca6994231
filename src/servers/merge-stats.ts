import {
  type CacheStats,
  hitRateOf,
  type ReportedNearCache,
  TOP_TAGS,
  type Usage,
} from "../stats"

/** The stats of a server, or why it could not be asked. */
type StatsReply =
  | { readonly name: string; readonly stats: CacheStats }
  | { readonly name: string; readonly error: Error }

/**
 * The stats of all servers as one.
 *
 * @throws when none has answered
 */
export function mergeStats(replies: readonly StatsReply[]): CacheStats {
  const all = replies.flatMap((one) => ("stats" in one ? one.stats : []))
  const [first] = all
  if (!first) {
    const failed = replies.find((one) => "error" in one) as { error: Error }
    throw failed.error
  }
  const total = (of: (stats: CacheStats) => number) =>
    all.reduce((sum, stats) => sum + of(stats), 0)
  const [hits, misses] = [
    total((stats) => stats.hits),
    total((stats) => stats.misses),
  ]
  const near = all.flatMap(({ nearCache }) => nearCache ?? [])
  const sweeps = all.flatMap(({ lastSweep }) => lastSweep ?? [])
  return {
    namespace: first.namespace,
    countedPercent: Math.min(...all.map((stats) => stats.countedPercent)),
    sampledPercent: Math.min(...all.map((stats) => stats.sampledPercent)),
    entries: total((stats) => stats.entries),
    bytes: total((stats) => stats.bytes),
    oldestEntry: earliest(all.flatMap((stats) => stats.oldestEntry ?? [])),
    topTags: topOf(all.flatMap(({ topTags }) => topTags)),
    topProducts: topOf(all.flatMap(({ topProducts }) => topProducts)),
    tables: first.tables.map(({ name }) => tableOf(name, all)),
    hits,
    misses,
    hitRate: hitRateOf(hits, misses),
    lastHour: usageOf(all.map((stats) => stats.lastHour)),
    lastDay: usageOf(all.map((stats) => stats.lastDay)),
    nearCache:
      near.length > 0
        ? {
            isListening: near.every((one) => one.isListening),
            entries: near.reduce((sum, one) => sum + one.entries, 0),
            bytes: near.reduce((sum, one) => sum + one.bytes, 0),
            hits: near.reduce((sum, one) => sum + one.hits, 0),
          }
        : null,
    nearCaches: nearCachesOf(all.flatMap(({ nearCaches }) => nearCaches)),
    // The one that is the longest ago, as another server may have none any more.
    lastSweep: sweeps.sort((one, other) => +one.at - +other.at)[0] ?? null,
    servers: replies.map((one) =>
      "stats" in one
        ? { name: one.name, stats: one.stats }
        : { name: one.name, error: one.error.message }
    ),
  }
}

function topOf(tags: CacheStats["topTags"]): CacheStats["topTags"] {
  const counts = new Map<string, number>()
  for (const { tag, entries } of tags) {
    counts.set(tag, (counts.get(tag) ?? 0) + entries)
  }
  return [...counts]
    .map(([tag, entries]) => ({ tag, entries }))
    .sort((one, other) => other.entries - one.entries)
    .slice(0, TOP_TAGS)
}

/** A process has a near cache for each server. */
function nearCachesOf(all: readonly ReportedNearCache[]): ReportedNearCache[] {
  const processes = new Map<string, ReportedNearCache>()
  for (const one of all) {
    const other = processes.get(one.id)
    processes.set(
      one.id,
      other
        ? {
            ...one,
            reportedAt: earliest([one.reportedAt, other.reportedAt])!,
            isListening: one.isListening && other.isListening,
            entries: one.entries + other.entries,
            bytes: one.bytes + other.bytes,
            maxBytes: one.maxBytes + other.maxBytes,
            hits: one.hits + other.hits,
            reads: one.reads + other.reads,
          }
        : one
    )
  }
  return [...processes.values()].sort((one, other) =>
    one.process < other.process ? -1 : 1
  )
}

function tableOf(
  name: string,
  all: readonly CacheStats[]
): CacheStats["tables"][number] {
  const parts = all.flatMap(({ tables }) =>
    tables.filter((table) => table.name === name)
  )
  const total = (of: (table: (typeof parts)[number]) => number) =>
    parts.reduce((sum, table) => sum + of(table), 0)
  const [liveRows, deadRows] = [
    total((table) => table.liveRows),
    total((table) => table.deadRows),
  ]
  return {
    name,
    bytes: total((table) => table.bytes),
    liveRows,
    deadRows,
    deadShare: deadRows / Math.max(liveRows + deadRows, 1),
    lastVacuum: earliest(parts.flatMap((table) => table.lastVacuum ?? [])),
  }
}

function usageOf(all: readonly Usage[]): Usage {
  const total = (of: (usage: Usage) => number) =>
    all.reduce((sum, usage) => sum + of(usage), 0)
  const hits = total((usage) => usage.hits)
  const misses = total((usage) => usage.misses)
  return {
    hits,
    misses,
    nearHits: total((usage) => usage.nearHits),
    sets: total((usage) => usage.sets),
    removed: total((usage) => usage.removed),
    hitRate: hitRateOf(hits, misses),
  }
}

function earliest(dates: readonly Date[]): Date | null {
  return dates.length > 0 ? new Date(Math.min(...dates.map(Number))) : null
}
