import { withProvider } from "../../inspect/lend"
import type { CacheStats, Usage } from "../../stats"
import { ago } from "../../units"
import { type CacheCommand, withTarget } from "../command"
import { fieldLines, number, percent, quotable, size, table } from "../format"

export const stats: CacheCommand = {
  name: "stats",
  description: "shows what the cache holds and how it is doing",
  run: async (call) => {
    const found = await withTarget(call, (database) =>
      withProvider(database, (provider) => provider.stats())
    )
    // Each process counts its own reads, and this one has read nothing.
    const none = { hits: undefined, misses: undefined, hitRate: undefined }
    return {
      json: { ...found, ...none, nearCache: undefined },
      text: statsAsText(found, Date.now(), call.output.width),
    }
  },
}

/** @param now in milliseconds */
export function statsAsText(
  stats: CacheStats,
  now: number,
  width?: number
): string[] {
  const since = (date: Date) => ago((now - date.getTime()) / 1000)
  const counted = basis(stats.countedPercent)
  const { about, text } = basis(stats.sampledPercent)
  const { oldestEntry, lastSweep: sweep, topTags } = stats
  const oldest = oldestEntry ? `${about}set ${since(oldestEntry)}` : "none"
  const swept = sweep
    ? `${since(sweep.at)}: ${number(sweep.expired)} expired, ${number(sweep.evicted)} evicted, took ${sweep.seconds.toFixed(2)} s`
    : "none yet"
  const lines = [
    ...fieldLines([
      ["Namespace", quotable(stats.namespace)],
      ["Entries", `${counted.about}${number(stats.entries)} (${counted.text})`],
      ["Size", `${about}${size(stats.bytes)} (${text})`],
      ["Oldest entry", oldest],
      ["Last hour", usage(stats.lastHour)],
      ["Last day", usage(stats.lastDay)],
      ["Last sweep", swept],
    ]),
    "",
    ...table(
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
    ),
  ]
  if (stats.servers) {
    const rows = stats.servers.map(({ name, stats: own }) =>
      own
        ? [name, number(own.entries), size(own.bytes), hits(own.lastHour)]
        : [name, "-", "-", "no answer"]
    )
    const head = ["Server", "Entries", "Size", "Last hour"]
    const alignment = ["left", "right", "right", "left"] as const
    lines.push("", ...table(head, rows, alignment, width))
    for (const { name, error } of stats.servers) {
      lines.push(...(error === undefined ? [] : [`${name}: ${error}`]))
    }
  }
  if (stats.nearCaches.length > 0) {
    const head = ["Near cache of", "Entries", "Size", "Hits", "Reported"]
    const rows = stats.nearCaches.map((near) => [
      near.workerMode ? `${near.process} (${near.workerMode})` : near.process,
      near.isListening ? number(near.entries) : "not in use",
      `${size(near.bytes)} of ${size(near.maxBytes)}`,
      near.reads > 0
        ? `${percent(near.hits / near.reads)} of ${number(near.reads)}`
        : "no reads",
      since(near.reportedAt),
    ])
    const alignment = ["left", "right", "right", "right", "left"] as const
    lines.push("", ...table(head, rows, alignment, width))
  }
  if (topTags.length > 0) {
    const head = ["Tags with the most entries", "Entries"]
    const rows = topTags.map(({ tag, entries }) => [
      quotable(tag),
      about + number(entries),
    ])
    lines.push("", ...table(head, rows, ["left", "right"], width))
  }
  return lines
}

function usage(of: Usage): string {
  return `${hits(of)}, ${number(of.sets)} sets, ${number(of.removed)} removed`
}

function hits({ hits: found, misses, hitRate }: Usage): string {
  return hitRate === null
    ? "no reads"
    : `${percent(hitRate)} hits of ${number(found + misses)} reads`
}

/** What a number is based on, and the mark of an estimate. */
function basis(seenPercent: number): { about: string; text: string } {
  const share = percent(seenPercent / 100)
  return seenPercent < 100
    ? { about: "~", text: `estimated from ${share} of the entries` }
    : { about: "", text: "exact" }
}
