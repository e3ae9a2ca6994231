import type { OperationName } from "../operations"
import type { ProviderName } from "../providers"
import { ITEMS, type Workload } from "../workloads"

/** Something that takes its turn in each round of a cell. */
export interface Contender {
  readonly provider: ProviderName
  readonly operation: OperationName
  /** How many entries its cache holds when a measurement begins. */
  readonly entries: number
}

/** Contenders that are compared with each other under the same circumstances. */
export interface Cell {
  readonly workload: Workload
  readonly operation: OperationName
  readonly concurrency: number
  readonly processes: number
  readonly contenders: readonly Contender[]
}

/** What an operation needs of the cache, and what it leaves of it. */
export interface Footprint {
  readonly begins: "empty" | "filled"
  /** Some or all items are gone; or there is more in the cache than the items. */
  readonly leaves: "filled" | "cleared" | "more"
}

export function footprintOf(operation: OperationName): Footprint {
  switch (operation) {
    case "set-new":
    case "fill":
    case "unguarded-fill":
    case "trace":
    case "trace-floor":
      return { begins: "empty", leaves: "more" }
    case "clear-one":
    case "clear-400":
      return { begins: "filled", leaves: "cleared" }
    case "invalidation":
    case "invalidation-busy":
    case "clear-together":
    case "get-beside-clears":
      return { begins: "filled", leaves: "more" }
    default:
      return { begins: "filled", leaves: "filled" }
  }
}

export function entriesOf(operation: OperationName): number {
  return footprintOf(operation).begins === "empty" ? 0 : ITEMS
}

/** Whether something is about a cache that has grown beyond the usual number of entries. */
export function isGrowth({ entries }: { readonly entries: number }): boolean {
  return entries > ITEMS
}
