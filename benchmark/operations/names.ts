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
  "trace",
  /** A get hit while the shop's own pool is under load. */
  "get-hit-busy-shop",
  /** No operation of a cache: what they are measured against. */
  "floor",
  "lookup",
  "json-parse",
] as const

export type OperationName = (typeof OPERATIONS)[number]
