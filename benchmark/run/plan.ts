import type { OperationName } from "../operations"
import { PROVIDERS, type ProviderName } from "../providers"
import type { Workload } from "../workloads"
import { entriesOf, type Cell, type Contender } from "./cell"

/** Names of workloads, operations and providers; an empty list leaves all. */
export interface Selection {
  readonly workloads: readonly Workload[]
  readonly operations: readonly OperationName[]
  readonly providers: readonly ProviderName[]
}

export interface Scope {
  readonly selection: Selection
  readonly quick: boolean
  readonly withRedis: boolean
  readonly withTrace: boolean
}

const SYNTHETIC = ["page", "list"] as const
/** Last is what leaves other entries behind than it found: the cache has to be made up afterwards. */
const SYNTHETIC_OPERATIONS: readonly OperationName[] = [
  "get-hit",
  "get-miss",
  "get-by-tag",
  "overwrite",
  "clear-unknown",
  "clear-one",
  "clear-400",
  "set-new",
]
const CONCURRENCIES = [1, 32]

/** What takes part in everything of which nothing else is said. */
const USUAL: readonly ProviderName[] = [
  "postgres",
  "redis",
  "memory",
  "baseline",
]
/** Where the near cache is measured: what it is for, and what it costs those who write. */
const NEAR_OPERATIONS: readonly OperationName[] = [
  "get-hit",
  "overwrite",
  "clear-unknown",
  "clear-one",
  "clear-400",
  "set-new",
  "trace",
]
/** Processes that clear at the same time. */
const CLEARING = 4

/** A million entries would take Redis several gigabytes. */
const GROWN: readonly Omit<Contender, "operation">[] = [
  { provider: "postgres", entries: 1_000 },
  { provider: "redis", entries: 1_000 },
  { provider: "postgres", entries: 100_000 },
  { provider: "redis", entries: 100_000 },
  { provider: "postgres", entries: 1_000_000 },
]
const GROWTH_OPERATIONS: readonly OperationName[] = [
  "get-hit",
  "clear-unknown",
  "clear-one",
  "clear-400",
]

/** Everything that is to be measured, in the order in which the caches are prepared with least work. */
export function planCells(scope: Scope): Cell[] {
  const processCounts = scope.quick ? [1] : [1, 2]
  const cells = [
    ...SYNTHETIC.flatMap((workload) =>
      processCounts.flatMap((processes) =>
        CONCURRENCIES.flatMap((concurrency) =>
          syntheticCells(workload, concurrency, processes)
        )
      )
    ),
    ...(scope.withTrace
      ? processCounts.flatMap((processes) =>
          CONCURRENCIES.map((concurrency) =>
            cellOf("storefront", "trace", concurrency, processes)
          )
        )
      : []),
    ...(scope.quick
      ? []
      : [...clearTogetherCells(), ...invalidationCells(), ...growthCells()]),
  ]
  return cells
    .map((cell) => ({ ...cell, contenders: contendersIn(cell, scope) }))
    .filter((cell) => cell.contenders.length > 0 && isSelected(cell, scope))
}

function syntheticCells(
  workload: Workload,
  concurrency: number,
  processes: number
): Cell[] {
  const cells = [
    ...SYNTHETIC_OPERATIONS.map((operation) =>
      cellOf(workload, operation, concurrency, processes)
    ),
    ...(processes === 1 ? [fillCell(workload, concurrency)] : []),
  ]
  return workload === "page" && concurrency === 1 && processes === 1
    ? [...cells, cellOf(workload, "get-hit-busy-shop", concurrency, processes)]
    : cells
}

function cellOf(
  workload: Workload,
  operation: OperationName,
  concurrency: number,
  processes: number
): Cell {
  const providers = PROVIDERS.filter(
    (provider) =>
      USUAL.includes(provider) ||
      hasNear(provider, operation, processes) ||
      // A replay with two processes keeps the order of calls in which each loads what the other waits for.
      (provider === "postgres-lease" &&
        operation === "trace" &&
        processes === 1)
  )
  return {
    workload,
    operation,
    concurrency,
    processes,
    contenders: [
      ...providers.map((provider) => contenderOf(provider, operation)),
      ...baselinesOf(workload, operation, concurrency, processes).map(
        (baseline) => contenderOf("postgres", baseline)
      ),
    ],
  }
}

function contenderOf(
  provider: ProviderName,
  operation: OperationName
): Contender {
  return { provider, operation, entries: entriesOf(operation) }
}

/** Whether a provider with a near cache takes part. */
function hasNear(
  provider: ProviderName,
  operation: OperationName,
  processes: number
): boolean {
  const operations =
    provider === "postgres-near"
      ? NEAR_OPERATIONS
      : provider === "postgres-shared"
        ? ["get-hit"]
        : []
  return (
    operations.includes(operation) && (processes === 1 || operation === "trace")
  )
}

/** What an operation is compared with; measured in the same rounds. */
function baselinesOf(
  workload: Workload,
  operation: OperationName,
  concurrency: number,
  processes: number
): OperationName[] {
  const isAlone = workload === "page" && concurrency === 1
  if (processes > 1) {
    return []
  }
  switch (operation) {
    case "get-hit":
      return [
        ...(isAlone ? (["floor", "lookup"] as const) : []),
        ...(workload === "list" ? (["json-parse"] as const) : []),
      ]
    // Only alone: calls that are made at once share a look.
    case "clear-unknown":
      return isAlone ? ["look"] : []
    case "trace":
      return ["trace-floor"]
    default:
      return []
  }
}

function fillCell(workload: Workload, concurrency: number): Cell {
  return {
    workload,
    operation: "fill",
    concurrency,
    processes: 1,
    contenders: [
      contenderOf("postgres", "fill"),
      contenderOf("postgres-lease", "fill"),
      contenderOf("redis", "fill"),
      contenderOf("postgres", "unguarded-fill"),
    ],
  }
}

/** What announcing costs where several processes clear, and what a get feels of it. */
function clearTogetherCells(): Cell[] {
  const operations = ["clear-together", "get-beside-clears"] as const
  return CONCURRENCIES.map((concurrency) => ({
    workload: "page",
    operation: "clear-together",
    concurrency,
    processes: CLEARING,
    contenders: operations.flatMap((operation) => [
      contenderOf("postgres", operation),
      contenderOf("postgres-near", operation),
    ]),
  }))
}

/** One process clears and one watches, first by themselves and then beside others that clear. */
function invalidationCells(): Cell[] {
  const cells = [
    { operation: "invalidation", processes: 2 },
    { operation: "invalidation-busy", processes: 2 + CLEARING },
  ] as const
  return cells.map(({ operation, processes }) => ({
    workload: "page",
    operation,
    concurrency: 1,
    processes,
    contenders: [contenderOf("postgres-near", operation)],
  }))
}

/** All sizes take turns in the same rounds, each with a cache of its own. */
function growthCells(): Cell[] {
  return CONCURRENCIES.flatMap((concurrency) =>
    GROWTH_OPERATIONS.map((operation) => ({
      ...cellOf("page", operation, concurrency, 1),
      contenders: GROWN.map((contender) => ({ ...contender, operation })),
    }))
  )
}

function isForQuick(
  { concurrency }: Cell,
  { provider, operation }: Contender
): boolean {
  switch (operation) {
    // Alone, that of a list takes long to prepare, and nothing is required of it.
    case "clear-400":
      return concurrency > 1 && USUAL.includes(provider)
    case "get-hit":
    case "trace":
      return !["postgres-shared", "postgres-lease"].includes(provider)
    case "fill":
    case "unguarded-fill":
    case "look":
    case "trace-floor":
      return false
    default:
      return USUAL.includes(provider)
  }
}

function contendersIn(cell: Cell, scope: Scope): Contender[] {
  const { selection, quick, withRedis } = scope
  const { providers } = selection
  return cell.contenders.filter(
    (contender) =>
      (providers.length === 0 || providers.includes(contender.provider)) &&
      (contender.provider !== "redis" || withRedis) &&
      (!quick || isForQuick(cell, contender))
  )
}

function isSelected(cell: Cell, { selection }: Scope): boolean {
  const { workloads, operations } = selection
  return (
    (workloads.length === 0 || workloads.includes(cell.workload)) &&
    (operations.length === 0 ||
      cell.contenders.some(({ operation }) => operations.includes(operation)))
  )
}
