/** As the results call them. */
export const OPERATIONS = [
  "get-hit",
  "get-miss",
  "get-by-tag",
  "set-new",
  "overwrite",
  "clear-unknown",
  "clear-one",
  "clear-400",
  /** A get of a key that is not there, and a set of it; with the set of another key, nothing is checked. */
  "fill",
  "unguarded-fill",
  "trace",
  /** A get hit while the shop's own pool is under load. */
  "get-hit-busy-shop",
  /** No operation of a cache: what they are measured against. */
  "floor",
  "lookup",
  "json-parse",
  "look",
  "trace-floor",
  /** Of several processes. */
  "invalidation",
  "invalidation-busy",
  "clear-together",
  "get-beside-clears",
] as const

export type OperationName = (typeof OPERATIONS)[number]
