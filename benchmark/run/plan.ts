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
    ...(scope.quick ? [] : growthCells()),
  ]
  return cells
    .filter((cell) => !scope.quick || isForQuick(cell))
    .map((cell) => ({ ...cell, contenders: contendersIn(cell, scope) }))
    .filter((cell) => cell.contenders.length > 0 && isSelected(cell, scope))
}

function syntheticCells(
  workload: Workload,
  concurrency: number,
  processes: number
): Cell[] {
  const cells = SYNTHETIC_OPERATIONS.map((operation) =>
    cellOf(workload, operation, concurrency, processes)
  )
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
  const entries = entriesOf(operation)
  const cell = { workload, operation, concurrency, processes }
  return {
    ...cell,
    contenders: [
      ...PROVIDERS.map((provider) => ({ provider, operation, entries })),
      ...baselinesOf({ ...cell, contenders: [] }),
    ],
  }
}

/** What a get hit is compared with; measured in the same rounds. */
function baselinesOf(cell: Cell): Contender[] {
  if (cell.operation !== "get-hit" || cell.processes > 1) {
    return []
  }
  const postgres = {
    provider: "postgres",
    entries: entriesOf("get-hit"),
  } as const
  return [
    ...(cell.workload === "page" && cell.concurrency === 1
      ? [
          { ...postgres, operation: "floor" } as const,
          { ...postgres, operation: "lookup" } as const,
        ]
      : []),
    ...(cell.workload === "list"
      ? [{ ...postgres, operation: "json-parse" } as const]
      : []),
  ]
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

/** One clear of a list alone takes long to prepare, and nothing is required of it. */
function isForQuick({ operation, concurrency }: Cell): boolean {
  return operation !== "clear-400" || concurrency > 1
}

function contendersIn(
  cell: Cell,
  { selection, withRedis }: Scope
): Contender[] {
  const { providers } = selection
  return cell.contenders.filter(
    ({ provider }) =>
      (providers.length === 0 || providers.includes(provider)) &&
      (provider !== "redis" || withRedis)
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
