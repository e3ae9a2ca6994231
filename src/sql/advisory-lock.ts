import { createHash } from "node:crypto"

/**
 * The number of an advisory lock. All users of a database share these numbers: a digest keeps clear
 * of theirs.
 *
 * @param purpose "sweep": one process is elected; "invalidation": clears take their turn with sets that follow a miss
 */
export function advisoryLock(
  purpose: "sweep" | "invalidation",
  schema: string
): string {
  return createHash("sha256")
    .update(`medusa-caching-postgres ${purpose} ${schema}`)
    .digest()
    .readBigInt64BE()
    .toString()
}
