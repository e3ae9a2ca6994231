import type { OperationName } from "../operations"
import { ratios, type Spread } from "../measure/summary"
import type { ProviderName } from "../providers"
import { isGrowth } from "../run/cell"
import type { DetailedResult, RoundFigures } from "../run/result"
import type { Workload } from "../workloads"

/** What the measurements must show, or, without a limit, show besides. */
export interface Requirement {
  readonly what: string
  readonly limit?: { readonly atLeast: number } | { readonly atMost: number }
  /** @returns nothing when it was not measured */
  readonly measured: (results: readonly DetailedResult[]) => Figure | undefined
}

interface Figure {
  readonly value: number
  /** Of what was compared round by round; the value is its median. */
  readonly spread?: Spread
}

export interface Verdict {
  readonly what: string
  readonly required?: string
  readonly measured?: number
  readonly spread?: Spread
  readonly holds?: boolean
}

const PAGE: Workload[] = ["page"]
const LIST: Workload[] = ["list"]
const BOTH: Workload[] = ["page", "list"]

/** Least ratio to Redis: at 32 at once, and at 1. */
type Ratio = [OperationName, Workload[], at32: number, at1?: number]

const RATIOS: Ratio[] = [
  ["get-hit", LIST, 1.1, 1.3],
  ["get-hit", PAGE, 1.2, 0.7],
  ["get-by-tag", PAGE, 1],
  ["get-miss", BOTH, 1.5, 0.6],
  ["set-new", BOTH, 1.5, 1],
  ["overwrite", BOTH, 1.5, 1],
  ["clear-unknown", BOTH, 2, 0.6],
  ["clear-one", LIST, 4, 1],
  ["clear-one", PAGE, 1, 1],
  ["clear-400", LIST, 20],
  ["clear-400", PAGE, 5],
  ["trace", ["storefront"], 3.5, 1.5],
]
const RATIOS_OF_NEAR: Ratio[] = [
  ["get-hit", LIST, 2.5, 2.5],
  ["get-hit", PAGE, 10, 10],
]
const RATIOS_OF_SHARED: Ratio[] = [["get-hit", LIST, 100, 100]]
/** By two processes, as what one of them clears has to be heard by the other. */
const RATIOS_OF_NEAR_BY_TWO: Ratio[] = [["trace", ["storefront"], 4.5, 2]]
/** Where the near cache costs something, at most so much. */
const COST_OPERATIONS: OperationName[] = [
  "set-new",
  "overwrite",
  "clear-one",
  "clear-400",
  "clear-unknown",
]
const MIN_RATIO_OF_NEAR = 0.85
/** Milliseconds. */
const NEAR_TTL = 5_000

export const REQUIREMENTS: readonly Requirement[] = [
  ...RATIOS.flatMap((ratio) => ratiosToRedis(ratio, "postgres")),
  {
    what: "list get-hit, 32 at once, against JSON.parse alone",
    limit: { atLeast: 0.75 },
    measured: comparison(
      "opsPerSecond",
      { workload: "list", operation: "get-hit", concurrency: 32 },
      { operation: "json-parse" }
    ),
  },
  pageGetHit("the floor", { operation: "floor" }),
  pageGetHit("1,000", { entries: 1_000 }, { entries: 1_000_000 }),
  ...RATIOS_OF_NEAR.flatMap((ratio) => ratiosToRedis(ratio, "postgres-near")),
  ...RATIOS_OF_SHARED.flatMap((ratio) =>
    ratiosToRedis(ratio, "postgres-shared")
  ),
  ...RATIOS_OF_NEAR_BY_TWO.flatMap((ratio) =>
    ratiosToRedis(ratio, "postgres-near", 2)
  ),
  ...COST_OPERATIONS.flatMap((operation) =>
    BOTH.flatMap((workload) => [
      costOfNear({ workload, operation, concurrency: 32 }),
      costOfNear({ workload, operation, concurrency: 1 }),
    ])
  ),
  invalidated("p50", "p50Ms", "invalidation", 5),
  invalidated("p99", "p99Ms", "invalidation", 50),
  invalidated("latest", "maxMs", "invalidation", NEAR_TTL),
  invalidated("p50", "p50Ms", "invalidation-busy"),
  invalidated("p99", "p99Ms", "invalidation-busy"),
  invalidated("latest", "maxMs", "invalidation-busy", NEAR_TTL),
  ...[32, 1].flatMap((concurrency) => [
    {
      ...costOfNear({
        workload: "page",
        operation: "clear-together",
        concurrency,
        processes: 4,
      }),
      limit: undefined,
    },
    ...BOTH.map((workload) => ({
      what: `${workload} fill, ${concurrency} at once, against unguarded-fill`,
      measured: comparison(
        "opsPerSecond",
        { workload, operation: "fill", concurrency },
        { operation: "unguarded-fill" }
      ),
    })),
  ]),
  ...[32, 1].map((concurrency) => ({
    what: `storefront trace-floor, ${concurrency} at once, against Redis's trace`,
    measured: comparison(
      "opsPerSecond",
      { workload: "storefront", operation: "trace-floor", concurrency },
      { operation: "trace", provider: "redis" }
    ),
  })),
  {
    what: "page clear-unknown, 1 at once, against the look alone",
    measured: comparison(
      "opsPerSecond",
      { workload: "page", operation: "clear-unknown", concurrency: 1 },
      { operation: "look" }
    ),
  },
]

export function judge(results: readonly DetailedResult[]): Verdict[] {
  return REQUIREMENTS.map(({ what, limit, measured }) => {
    const figure = measured(results)
    return {
      what,
      ...(limit && { required: textOf(limit) }),
      ...(figure && { measured: figure.value, spread: figure.spread }),
      ...(limit && figure && { holds: keeps(figure.value, limit) }),
    }
  })
}

/** @returns what to remember of a run, in one line; nothing where the storefront was not compared with Redis */
export function inShort(
  results: readonly DetailedResult[]
): string | undefined {
  const times = (concurrency: number, provider: ProviderName, processes = 1) =>
    find(results, {
      workload: "storefront",
      operation: "trace",
      concurrency,
      provider,
      processes,
    })?.ratioToRedis?.median.toFixed(1)
  const many = times(32, "postgres")
  const one = times(1, "postgres")
  const near = times(32, "postgres-near", 2) ?? times(32, "postgres-near")
  return many && one
    ? `In short: on PostgreSQL a storefront is served ${many} times as fast as on Redis when it is busy, ` +
        `${one} times when it is quiet${near ? `, and ${near} times with a near cache` : ""}.`
    : undefined
}

type Limit = NonNullable<Requirement["limit"]>

function textOf(limit: Limit): string {
  return "atLeast" in limit ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`
}

function keeps(value: number, limit: Limit): boolean {
  return "atLeast" in limit ? value >= limit.atLeast : value <= limit.atMost
}

function ratiosToRedis(
  [operation, workloads, at32, at1]: Ratio,
  provider: ProviderName,
  processes = 1
): Requirement[] {
  return workloads.flatMap((workload) => {
    const cell = { workload, operation, provider, processes }
    return [
      ratioToRedis({ ...cell, concurrency: 32 }, at32),
      ...(at1 === undefined
        ? []
        : [ratioToRedis({ ...cell, concurrency: 1 }, at1)]),
    ]
  })
}

function ratioToRedis(which: Which, atLeast: number): Requirement {
  return {
    what: `${nameOf(which)}, ratio to Redis`,
    limit: { atLeast },
    measured: (results) => figureOf(find(results, which)?.ratioToRedis),
  }
}

function pageGetHit(
  base: string,
  baseIs: Partial<Which>,
  is: Partial<Which> = {}
): Requirement {
  const which = {
    workload: "page",
    operation: "get-hit",
    concurrency: 1,
    ...is,
  } as const
  const grown = is.entries
    ? ` at ${is.entries.toLocaleString("en-US")} entries`
    : ""
  return {
    what: `page get-hit, 1 at once, p50${grown} against ${base}`,
    limit: { atMost: 1.3 },
    measured: comparison("p50Ms", which, baseIs),
  }
}

function costOfNear(which: Which): Requirement {
  const near = { ...which, provider: "postgres-near" } as const
  return {
    what: `${nameOf(near)}, against postgres`,
    limit: { atLeast: MIN_RATIO_OF_NEAR },
    measured: comparison("opsPerSecond", near, { provider: "postgres" }),
  }
}

/** How long after a clear another process still had the old value. */
function invalidated(
  name: string,
  figure: "p50Ms" | "p99Ms" | "maxMs",
  operation: "invalidation" | "invalidation-busy",
  atMost?: number
): Requirement {
  const isBusy = operation === "invalidation-busy"
  const which = {
    workload: "page",
    operation,
    concurrency: 1,
    provider: "postgres-near",
    processes: isBusy ? 6 : 2,
  } as const
  return {
    what: `postgres-near: ${operation}, ${name}, ms`,
    limit: atMost === undefined ? undefined : { atMost },
    measured(results) {
      const result = find(results, which)
      return result && { value: result[figure] }
    },
  }
}

interface Which {
  readonly workload: Workload
  readonly operation: OperationName
  readonly concurrency: number
  readonly provider?: ProviderName
  readonly processes?: number
  /** The usual number, unless one is named. */
  readonly entries?: number
}

function nameOf(which: Which): string {
  const { workload, operation, concurrency } = which
  const { provider = "postgres", processes = 1 } = which
  const whose = provider === "postgres" ? "" : `${provider}: `
  const many = processes === 1 ? "" : `, ${processes} processes`
  return `${whose}${workload} ${operation}, ${concurrency} at once${many}`
}

function find(
  results: readonly DetailedResult[],
  { provider = "postgres", processes = 1, entries, ...which }: Which
): DetailedResult | undefined {
  return results.find(
    (result) =>
      result.provider === provider &&
      result.processes === processes &&
      result.workload === which.workload &&
      result.operation === which.operation &&
      result.concurrency === which.concurrency &&
      (entries === undefined ? !isGrowth(result) : result.entries === entries)
  )
}

/**
 * Compares round by round what was measured in the same rounds.
 *
 * @param base in what it differs
 */
function comparison(
  figure: keyof RoundFigures,
  which: Which,
  base: Partial<Which>
): Requirement["measured"] {
  return (results) => {
    const result = find(results, which)
    const other = find(results, { ...which, ...base })
    if (!result || !other) {
      return undefined
    }
    const figuresOf = ({ rounds }: DetailedResult) =>
      rounds.map((round) => round[figure])
    return figureOf(ratios(figuresOf(result), figuresOf(other)))
  }
}

function figureOf(spread: Spread | undefined): Figure | undefined {
  return spread && { value: spread.median, spread }
}
