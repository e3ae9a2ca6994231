/** An entry of the cache as Medusa would store it. */
export interface Item {
  readonly key: string
  readonly data: object
  readonly tags: string[]
  /** A tag that no other item has. */
  readonly ownTag: string
  /** Whether a value that came out of the cache is this item's; cheap, for it is asked in the measured time. */
  matches(value: unknown): boolean
}

/** How many entries a cache holds for most measurements, all of them under one list tag. */
export const ITEMS = 400

export type SyntheticWorkload = "page" | "list"
export type Workload = SyntheticWorkload | "storefront"
export const WORKLOADS: readonly Workload[] = ["page", "list", "storefront"]
