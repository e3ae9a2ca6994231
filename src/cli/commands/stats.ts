import type { CacheStats, Usage } from "../../stats"
import {
  ago,
  fieldLines,
  number,
  percent,
  quotable,
  size,
  table,
} from "../format"
import type { CacheCommand } from "../program"
import { withProvider } from "../provider"
import { withTarget } from "../target"

/** Of each process; this one has read nothing. */
const OF_PROCESS = {
  hits: undefined,
  misses: undefined,
  hitRate: undefined,
  nearCache: undefined,
}

export const stats: CacheCommand = {
  name: "stats",
  description: "shows what the cache holds and how it is doing",
  run: async (call) => {
    const options = await withTarget(call, (_, resolved) =>
      Promise.resolve(resolved)
    )
    const found = await withProvider(options, (provider) => provider.stats())
    return {
      json: { ...found, ...OF_PROCESS },
      text: statsAsText(found, Date.now(), call.output.width),
    }
  },
}

/**
 * @param now in milliseconds
 * @param width columns of the terminal
 */
export function statsAsText(
  stats: CacheStats,
  now: number,
  width?: number
): string[] {
  const since = (date: Date) => ago((now - date.getTime()) / 1000)
  const { countedPercent, sampledPercent, oldestEntry, lastSweep } = stats
  const about = mark(sampledPercent)
  const summary = fieldLines([
    ["Namespace", quotable(stats.namespace)],
    [
      "Entries",
      `${mark(countedPercent)}${number(stats.entries)} (${basis(countedPercent)})`,
    ],
    ["Size", `${about}${size(stats.bytes)} (${basis(sampledPercent)})`],
    [
      "Oldest entry",
      oldestEntry ? `${about}set ${since(oldestEntry)}` : "none",
    ],
    ["Last hour", usage(stats.lastHour)],
    ["Last day", usage(stats.lastDay)],
    [
      "Last sweep",
      lastSweep
        ? `${since(lastSweep.at)}: ${number(lastSweep.expired)} expired, ${number(lastSweep.evicted)} evicted, took ${lastSweep.seconds.toFixed(2)} s`
        : "none yet",
    ],
  ])
  const tables = table(
    ["Table (all namespaces)", "On disk", "Rows", "Dead", "Vacuumed"],
    stats.tables.map(({ name, bytes, liveRows, deadShare, lastVacuum }) => [
      name,
      size(bytes),
      `~${number(liveRows)}`,
      percent(deadShare),
      lastVacuum ? since(lastVacuum) : "never",
    ]),
    ["left", "right", "right", "right", "left"],
    width
  )
  const topTags = table(
    ["Tags of the most entries", "Entries"],
    stats.topTags.map(({ tag, entries }) => [
      quotable(tag),
      about + number(entries),
    ]),
    ["left", "right"],
    width
  )
  return [
    ...summary,
    "",
    ...tables,
    ...(stats.topTags.length > 0 ? ["", ...topTags] : []),
  ]
}

function usage({ hits, misses, hitRate, sets, removed }: Usage): string {
  const reads =
    hitRate === null
      ? "no reads"
      : `${percent(hitRate)} hits of ${number(hits + misses)} reads`
  return `${reads}, ${number(sets)} sets, ${number(removed)} removed`
}

/** Marks an estimate. */
function mark(seenPercent: number): string {
  return seenPercent < 100 ? "~" : ""
}

function basis(seenPercent: number): string {
  return seenPercent < 100
    ? `estimated from ${percent(seenPercent / 100)} of the entries`
    : "exact"
}
