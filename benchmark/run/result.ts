import { LatencyHistogram } from "../measure/latency-histogram"
import type { Round } from "../measure/slice"
import { ratios, type Spread } from "../measure/summary"
import type { OperationName } from "../operations"
import type { ProviderName } from "../providers"
import type { Workload } from "../workloads"
import type { Cell, Contender } from "./cell"

/** One line of the results. */
export interface CellResult {
  readonly workload: Workload
  readonly operation: OperationName
  readonly concurrency: number
  readonly processes: number
  readonly entries: number
  readonly provider: ProviderName
  readonly opsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** The longest. */
  readonly maxMs: number
  /** Of the operations per second, round by round; without Redis there is none. */
  readonly ratioToRedis?: Spread
}

/** With what the rounds gave, for further comparisons. */
export interface DetailedResult extends CellResult {
  readonly rounds: readonly RoundFigures[]
}

export interface RoundFigures {
  readonly opsPerSecond: number
  readonly p50Ms: number
}

export interface Measured {
  readonly contender: Contender
  readonly rounds: readonly Round[]
}

export function summarise(
  { workload, concurrency, processes }: Cell,
  measured: readonly Measured[]
): DetailedResult[] {
  return measured.map(({ contender, rounds }) => {
    const { operation, entries, provider } = contender
    const latencies = LatencyHistogram.empty()
    rounds.forEach((round) => latencies.add(round.latencies))
    const redis = measured.find(
      (other) =>
        other.contender.provider === "redis" &&
        other.contender.operation === operation &&
        other.contender.entries === entries
    )
    return {
      workload,
      operation,
      concurrency,
      processes,
      entries,
      provider,
      opsPerSecond: mean(speedsOf(rounds)),
      p50Ms: latencies.quantile(0.5),
      p99Ms: latencies.quantile(0.99),
      maxMs: latencies.quantile(1),
      ...(redis && {
        ratioToRedis: ratios(speedsOf(rounds), speedsOf(redis.rounds)),
      }),
      rounds: rounds.map((round) => ({
        opsPerSecond: round.opsPerSecond,
        p50Ms: round.latencies.quantile(0.5),
      })),
    }
  })
}

function speedsOf(rounds: readonly Round[]): number[] {
  return rounds.map(({ opsPerSecond }) => opsPerSecond)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
