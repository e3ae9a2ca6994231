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
import type { Program } from "../program"
import { Database } from "../database"
import { checkNamespace } from "../namespaces"
import { withProvider } from "../provider"
import { resolveTarget } from "../target"
import { type TargetFlags, withJson, withTarget } from "../target-options"

/** A process counts its own reads only, and this one has made none. */
type Stats = Omit<CacheStats, "hits" | "misses" | "hitRate" | "nearCache">

export function addStats({ command, output }: Program): void {
  withJson(
    withTarget(
      command("stats").description("what the cache holds, and how it is doing")
    )
  ).action(async (flags: TargetFlags & { json?: boolean }) => {
    const options = await resolveTarget(flags)
    await Database.with(options, (database) =>
      checkNamespace(
        database,
        options,
        output.note,
        flags.namespace !== undefined
      )
    )
    const stats = await withProvider(options, (provider) => provider.stats())
    if (flags.json) {
      output.json({
        ...stats,
        hits: undefined,
        nearCache: undefined,
        misses: undefined,
        hitRate: undefined,
      })
    } else {
      output.print(...statsAsText(stats, Date.now(), output.width))
    }
  })
}

/**
 * @param now in milliseconds
 * @param width columns that a table may take
 */
export function statsAsText(
  stats: Stats,
  now: number,
  width?: number
): string[] {
  return [
    ...summary(stats, now),
    "",
    ...tables(stats, now, width),
    ...(stats.topTags.length > 0 ? ["", ...topTags(stats, width)] : []),
  ]
}

function summary(stats: Stats, now: number): string[] {
  const { oldestEntry, lastSweep, countedPercent, sampledPercent } = stats
  const about = aboutOf(sampledPercent)
  return fieldLines([
    ["Namespace", quotable(stats.namespace)],
    [
      "Entries",
      `${aboutOf(countedPercent)}${number(stats.entries)} (${basis(countedPercent)})`,
    ],
    ["Size", `${about}${size(stats.bytes)} (${basis(sampledPercent)})`],
    [
      "Oldest entry",
      oldestEntry ? `${about}set ${since(oldestEntry, now)}` : "none",
    ],
    ["Last hour", usage(stats.lastHour)],
    ["Last day", usage(stats.lastDay)],
    [
      "Last sweep",
      lastSweep
        ? `${since(lastSweep.at, now)}: ${number(lastSweep.expired)} expired, ${number(lastSweep.evicted)} evicted, took ${lastSweep.seconds.toFixed(2)} s`
        : "none yet",
    ],
  ])
}

function tables(stats: Stats, now: number, width?: number): string[] {
  return table(
    ["Table (all namespaces)", "On disk", "Rows", "Dead", "Vacuumed"],
    stats.tables.map(({ name, bytes, liveRows, deadShare, lastVacuum }) => [
      name,
      size(bytes),
      `~${number(liveRows)}`,
      percent(deadShare),
      lastVacuum ? since(lastVacuum, now) : "never",
    ]),
    ["left", "right", "right", "right", "left"],
    width
  )
}

function topTags(stats: Stats, width?: number): string[] {
  const about = aboutOf(stats.sampledPercent)
  return table(
    ["Tags of the most entries", "Entries"],
    stats.topTags.map(({ tag, entries }) => [
      quotable(tag),
      about + number(entries),
    ]),
    ["left", "right"],
    width
  )
}

function usage({ hits, misses, hitRate, sets, removed }: Usage): string {
  const reads = number(hits + misses)
  return `${hitRate === null ? "no reads" : `${percent(hitRate)} hits of ${reads} reads`}, ${number(sets)} sets, ${number(removed)} removed`
}

/** Marks an estimate. */
function aboutOf(seenPercent: number): string {
  return seenPercent < 100 ? "~" : ""
}

/** What a number rests on. */
function basis(seenPercent: number): string {
  return seenPercent < 100
    ? `estimated from ${percent(seenPercent / 100)} of the entries`
    : "exact"
}

function since(date: Date, now: number): string {
  return ago((now - date.getTime()) / 1000)
}
