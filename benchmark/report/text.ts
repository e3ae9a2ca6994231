import { table, type Alignment } from "../../src/cli/format"
import type { CellResult } from "../run/result"
import { milliseconds, ratio, spread, speed } from "./numbers"
import type { Verdict } from "./requirements"

const HEAD = [
  "workload",
  "operation",
  "at once",
  "processes",
  "entries",
  "provider",
  "ops/s",
  "p50 ms",
  "p99 ms",
  "ratio to Redis: median (min–max)",
]
const ALIGNMENT: Alignment[] = [
  "left",
  "left",
  "right",
  "right",
  "right",
  "left",
  "right",
  "right",
  "right",
  "left",
]

export function resultsAsText(results: readonly CellResult[]): string {
  const lines = table(
    HEAD,
    results.map((result) => [
      result.workload,
      result.operation,
      String(result.concurrency),
      String(result.processes),
      result.entries.toLocaleString("en-US"),
      result.provider,
      speed(result.opsPerSecond),
      milliseconds(result.p50Ms),
      milliseconds(result.p99Ms),
      result.ratioToRedis ? spread(result.ratioToRedis) : "",
    ]),
    ALIGNMENT
  )
  return lines.join("\n")
}

export function verdictsAsText(verdicts: readonly Verdict[]): string {
  const measured = verdicts.filter((verdict) => verdict.measured !== undefined)
  const lines = table(
    ["what is required", "required", "measured", ""],
    measured.map((verdict) => [
      verdict.what,
      verdict.required ?? "",
      verdict.spread ? spread(verdict.spread) : ratio(verdict.measured!),
      outcomeOf(verdict),
    ]),
    ["left", "right", "right", "left"]
  )
  const others = verdicts.length - measured.length
  return [
    ...lines,
    ...(others === 0 ? [] : [`(${others} more: not measured in this run)`]),
  ].join("\n")
}

/** Of some nothing is required: they are shown. */
function outcomeOf({ holds }: Verdict): string {
  return holds === undefined ? "" : holds ? "holds" : "MISSED"
}
