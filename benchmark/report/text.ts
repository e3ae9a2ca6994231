import type { CellResult } from "../run/result"
import { milliseconds, ratio, spread, speed } from "./numbers"
import type { Verdict } from "./requirements"
import { table, type Alignment } from "./table"

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
  return table(
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
}

export function verdictsAsText(verdicts: readonly Verdict[]): string {
  const measured = verdicts.filter((verdict) => verdict.measured !== undefined)
  const lines = table(
    ["what is required of postgres", "required", "measured", ""],
    measured.map(({ what, required, measured, holds }) => [
      what,
      required,
      ratio(measured!),
      holds ? "holds" : "MISSED",
    ]),
    ["left", "right", "right", "left"]
  )
  const others = verdicts.length - measured.length
  return others === 0
    ? lines
    : `${lines}\n(${others} more: not measured in this run)`
}
