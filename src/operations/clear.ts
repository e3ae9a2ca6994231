import { uuidArray } from "../connection"
import type { Storage } from "../storage"
import type { Clear } from "../types"

/** A clear of more entries than this leaves them to be removed in the background; no read returns them meanwhile. */
const MAX_REMOVED_AT_ONCE = 1_000

export interface Invalidated {
  /** The ids of the entries that were removed. */
  readonly gone: string[]
  /** Their keys, where there is a near cache that needs them. */
  readonly keys: string[]
  /** Whether entries are left, which no read returns any more. */
  readonly more: boolean
}

/** Carries out a clear. Once it resolves, no process reads from the table what the clear names. */
export async function invalidate(
  { pool, statements, digests, namespace, invalidationLock, channel }: Storage,
  { names, tags, everything, autoOnly }: Clear
): Promise<Invalidated> {
  const [row] = await pool.write(statements.invalidate, [
    invalidationLock,
    namespace,
    uuidArray(names.map((name) => digests.key(name))),
    uuidArray(tags.map((tag) => digests.tagOnce(tag))),
    everything ? digests.everything : null,
    autoOnly,
    MAX_REMOVED_AT_ONCE,
    channel,
  ])
  const [gone, more, keys] = row!
  return {
    gone: gone ? gone.split(",") : [],
    keys: JSON.parse(`[${keys ?? ""}]`) as string[],
    more: more === "t",
  }
}
