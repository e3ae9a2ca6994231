import type { CellResult } from "../run/result"
import { isGrowth } from "../run/cell"
import { environmentAsText, type Environment } from "./environment"
import { milliseconds, ratio, speed, spread } from "./numbers"
import type { Verdict } from "./requirements"

/** All figures of a run as a page of the documentation. */
export function pageOf(
  results: readonly CellResult[],
  verdicts: readonly Verdict[],
  environment: Environment
): string {
  const usual = results.filter((result) => !isGrowth(result))
  const processCounts = [
    ...new Set(usual.map(({ processes }) => processes)),
  ].sort((one, other) => one - other)
  return [
    "# All figures of the benchmark",
    "Written by `npm run bench -- --markdown FILE`. [What is compared, and what it shows](../benchmarks.md).",
    [environment.date, ...environmentAsText(environment).split("\n")].join(
      "  \n"
    ),
    "## What is required",
    markdownTable(
      ["what", "required", "measured: median (min–max)", ""],
      verdicts
        .filter(isMeasured)
        .map((verdict) => [
          verdict.what,
          verdict.required ?? "",
          verdict.spread ? spread(verdict.spread) : ratio(verdict.measured),
          verdict.holds === undefined
            ? ""
            : verdict.holds
              ? "holds"
              : "**short**",
        ])
    ),
    ...processCounts.flatMap((processes) => [
      `## ${processes === 1 ? "One process" : `${processes} processes`}`,
      figures(usual.filter((result) => result.processes === processes)),
    ]),
    "## Growth",
    figures(results.filter(isGrowth)),
    "",
  ].join("\n\n")
}

function isMeasured(
  verdict: Verdict
): verdict is Verdict & { measured: number } {
  return verdict.measured !== undefined
}

function figures(results: readonly CellResult[]): string {
  return markdownTable(
    [
      "workload",
      "operation",
      "at once",
      "entries",
      "provider",
      "ops/s",
      "p50, ms",
      "p99, ms",
      "ratio to Redis (min–max)",
    ],
    results.map((result) => [
      result.workload,
      result.operation,
      String(result.concurrency),
      result.entries.toLocaleString("en-US"),
      result.provider,
      speed(result.opsPerSecond),
      milliseconds(result.p50Ms),
      milliseconds(result.p99Ms),
      result.ratioToRedis && result.provider !== "redis"
        ? spread(result.ratioToRedis)
        : "",
    ])
  )
}

export function markdownTable(head: string[], rows: string[][]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
}
