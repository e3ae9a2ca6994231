import type { OperationName } from "../operations"
import { ratios } from "../measure/summary"
import { isGrowth } from "../run/cell"
import type { DetailedResult, RoundFigures } from "../run/result"
import type { Workload } from "../workloads"

/** What the measurements must show. */
export interface Requirement {
  readonly what: string
  readonly limit: { readonly atLeast: number } | { readonly atMost: number }
  /** @returns nothing when it was not measured */
  readonly measured: (results: readonly DetailedResult[]) => number | undefined
}

export interface Verdict {
  readonly what: string
  readonly required: string
  readonly measured?: number
  readonly holds?: boolean
}

const PAGE: Workload[] = ["page"]
const LIST: Workload[] = ["list"]
const BOTH: Workload[] = ["page", "list"]

/** Least ratio to Redis: at 32 at once, and at 1. */
const RATIOS: [OperationName, Workload[], number, number?][] = [
  ["get-hit", LIST, 1.1, 1.3],
  ["get-hit", PAGE, 1.2, 0.7],
  ["get-miss", BOTH, 1.5, 0.6],
  ["set-new", BOTH, 1.5, 1],
  ["overwrite", BOTH, 1.5, 1],
  ["clear-unknown", BOTH, 2, 0.6],
  ["clear-one", LIST, 4, 1],
  ["clear-one", PAGE, 1, 1],
  ["clear-400", LIST, 20],
  ["clear-400", PAGE, 5],
  ["trace", ["storefront"], 1.5, 1],
]

export const REQUIREMENTS: readonly Requirement[] = [
  ...RATIOS.flatMap(([operation, workloads, at32, at1]) =>
    workloads.flatMap((workload) => [
      ratioToRedis(workload, operation, 32, at32),
      ...(at1 === undefined ? [] : [ratioToRedis(workload, operation, 1, at1)]),
    ])
  ),
  {
    what: "list get-hit, 32 at once, against JSON.parse alone",
    limit: { atLeast: 0.75 },
    measured: (results) =>
      compare(
        "opsPerSecond",
        find(results, "list", "get-hit", 32),
        find(results, "list", "json-parse", 32)
      ),
  },
  {
    what: "page get-hit, 1 at once, p50 against the floor",
    limit: { atMost: 1.3 },
    measured: (results) =>
      compare(
        "p50Ms",
        find(results, "page", "get-hit", 1),
        find(results, "page", "floor", 1)
      ),
  },
  {
    what: "page get-hit, 1 at once, p50 at 1,000,000 entries against 1,000",
    limit: { atMost: 1.3 },
    measured: (results) =>
      compare(
        "p50Ms",
        find(results, "page", "get-hit", 1, 1_000_000),
        find(results, "page", "get-hit", 1, 1_000)
      ),
  },
]

export function judge(results: readonly DetailedResult[]): Verdict[] {
  return REQUIREMENTS.map(({ what, limit, measured }) => {
    const value = measured(results)
    const atLeast = "atLeast" in limit
    return {
      what,
      required: atLeast ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`,
      ...(value !== undefined && {
        measured: value,
        holds: atLeast ? value >= limit.atLeast : value <= limit.atMost,
      }),
    }
  })
}

function ratioToRedis(
  workload: Workload,
  operation: OperationName,
  concurrency: number,
  atLeast: number
): Requirement {
  return {
    what: `${workload} ${operation}, ${concurrency} at once, ratio to Redis`,
    limit: { atLeast },
    measured: (results) =>
      find(results, workload, operation, concurrency)?.ratioToRedis?.median,
  }
}

/** The provider's own result, one process; at the usual number of entries unless a number is named. */
function find(
  results: readonly DetailedResult[],
  workload: Workload,
  operation: OperationName,
  concurrency: number,
  entries?: number
): DetailedResult | undefined {
  return results.find(
    (result) =>
      result.provider === "postgres" &&
      result.processes === 1 &&
      result.workload === workload &&
      result.operation === operation &&
      result.concurrency === concurrency &&
      (entries === undefined ? !isGrowth(result) : result.entries === entries)
  )
}

/** The median of the rounds, in each of which both were measured. */
function compare(
  figure: keyof RoundFigures,
  result: DetailedResult | undefined,
  base: DetailedResult | undefined
): number | undefined {
  if (!result || !base) {
    return undefined
  }
  const figuresOf = ({ rounds }: DetailedResult) =>
    rounds.map((round) => round[figure])
  return ratios(figuresOf(result), figuresOf(base)).median
}
