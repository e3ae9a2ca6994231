import { table } from "../../src/cli/format"
import type { Spread } from "../measure/summary"
import type { Environment } from "../report/environment"
import { milliseconds } from "../report/numbers"
import { type Result, type Summary, summaryOf, WAITING_MS } from "./result"

export function summariesAsText(summaries: readonly Summary[]): string {
  const rows = summaries.map((summary) => [
    summary.scene,
    summary.name,
    counts(summary.loads),
    milliseconds(summary.p50Ms),
    milliseconds(summary.p99Ms),
    counts(summary.waiting),
  ])
  return table(
    [
      "entry",
      "cache",
      "loads: median (min–max)",
      "p50 ms",
      "p99 ms",
      `callers over ${WAITING_MS} ms: median (min–max)`,
    ],
    rows,
    ["left", "left", "right", "right", "right", "right"]
  ).join("\n")
}

export function asJson(
  results: readonly Result[],
  problems: readonly string[],
  environment: Environment
): string {
  const measured = results.map((result) => ({
    ...summaryOf(result),
    loadsByRound: result.rounds.map(({ loads }) => loads),
  }))
  return `${JSON.stringify({ measured, problems, environment }, null, 2)}\n`
}

function counts({ median, min, max }: Spread): string {
  return `${median} (${min}–${max})`
}
