import type { DetailedResult } from "../run/result"
import type { Environment } from "./environment"
import type { Verdict } from "./requirements"

export function resultsAsJson(
  results: readonly DetailedResult[],
  requirements: readonly Verdict[],
  environment: Environment
): string {
  const cells = results.map((result) => ({
    workload: result.workload,
    operation: result.operation,
    concurrency: result.concurrency,
    processes: result.processes,
    entries: result.entries,
    provider: result.provider,
    opsPerSecond: result.opsPerSecond,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    maxMs: result.maxMs,
    ratioToRedis: result.ratioToRedis,
  }))
  return `${JSON.stringify({ cells, requirements, environment }, null, 2)}\n`
}
