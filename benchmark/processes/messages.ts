import type { Slice } from "../measure/slice"
import type { Order } from "../operations"
import type { ProviderName } from "../providers"
import type { SyntheticWorkload } from "../workloads"

/** What a process is started for: its argument, as JSON. */
export interface Assignment {
  readonly provider: ProviderName
  /** Tells caches of the same provider apart. */
  readonly name: string
  /** Of the database, or the Redis, that the provider has for itself. */
  readonly url: string
  readonly shopUrl: string
}

export type Command =
  | { readonly kind: "empty" }
  | { readonly kind: "settle" }
  /** Adds the first items of the workload. */
  | {
      readonly kind: "fill"
      readonly workload: SyntheticWorkload
      readonly count: number
    }
  /** Adds entries that are there only to make the cache large, numbered from `from`. */
  | {
      readonly kind: "enlarge"
      readonly from: number
      readonly to: number
    }
  | { readonly kind: "measure"; readonly order: Order }

export type Reply =
  | { readonly kind: "done"; readonly slice?: Slice }
  | { readonly kind: "failed"; readonly reason: string }
