import { createHash } from "node:crypto"

/**
 * The number of the advisory lock by which a sweep is elected. All users of a database share these
 * numbers: a digest keeps clear of theirs.
 */
export function sweepLock(schema: string): string {
  return createHash("sha256")
    .update(`medusa-caching-postgres sweep ${schema}`)
    .digest()
    .readBigInt64BE()
    .toString()
}
