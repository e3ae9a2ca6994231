import type { Slice } from "../measure/slice"
import type { Order } from "../operations"
import type { ProviderName } from "../providers"
import type { SyntheticWorkload } from "../workloads"

/** What a process is started for. */
export interface Assignment {
  readonly provider: ProviderName
  /** Tells caches of the same provider apart. */
  readonly name: string
  /** Of the database, or the Redis, that the provider has for itself. */
  readonly url: string
  readonly shopUrl: string
}

export type Orders = {
  empty(input: object): Promise<void>
  settle(input: object): Promise<void>
  /** Adds the first items of the workload. */
  fill(input: {
    readonly workload: SyntheticWorkload
    readonly count: number
  }): Promise<void>
  /** Adds entries that are there only to make the cache large, numbered from `from`. */
  enlarge(input: { readonly from: number; readonly to: number }): Promise<void>
  measure(input: Order): Promise<Slice>
}
