/** As the results call them. */
export const PROVIDERS = [
  "postgres",
  /** The same with a near cache, and with one that hands every caller the same object. */
  "postgres-near",
  "postgres-shared",
  /** The same with leases that all processes share: where a miss is followed by a set. */
  "postgres-lease",
  "redis",
  "memory",
  /** The naive baseline: a cache in PostgreSQL without optimisation. */
  "baseline",
] as const

export type ProviderName = (typeof PROVIDERS)[number]

/** Memory is each process's own; the others share what they store. */
export function isShared(provider: ProviderName): boolean {
  return provider !== "memory"
}
