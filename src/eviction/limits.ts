import type { CacheSize } from "../telemetry"

/** Most that a namespace may hold; `Infinity` for no limit. */
export interface Limits {
  readonly maxEntries: number
  readonly maxBytes: number
}

/** @returns how many entries are too many, taking them to be of equal size */
export function excessOf(
  { entries, bytes }: CacheSize,
  { maxEntries, maxBytes }: Limits
): number {
  const tooMany = entries - maxEntries
  const tooLarge =
    entries > 0 ? Math.ceil((bytes - maxBytes) / (bytes / entries)) : 0
  return Math.max(0, tooMany, tooLarge)
}
