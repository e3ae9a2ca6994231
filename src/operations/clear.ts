import { uuidArray } from "../connection"
import type { Clear } from "../faults"
import type { Context } from "./context"

/** A clear of more entries than this leaves them to be removed in the background; they are not served meanwhile. */
const MOST_REMOVED_AT_ONCE = 1_000

export interface Cleared {
  /** The ids of the entries that were removed. */
  readonly gone: string[]
  /** Their keys, where a near cache wants to know them. */
  readonly keys: string[]
  /** Whether entries are left, which no read returns any more. */
  readonly more: boolean
}

/** Carries out a clear: when it resolves, no process is served what it names from the table any more. */
export async function clear(
  context: Context,
  { names, tags, everything, autoOnly }: Clear
): Promise<Cleared> {
  const { pool, statements, digests, namespace, invalidationLock, channel } =
    context
  const [row] = await pool.write(statements.invalidate, [
    invalidationLock,
    namespace,
    uuidArray(names.map((name) => digests.key(name))),
    uuidArray(tags.map((tag) => digests.tagOnce(tag))),
    everything ? digests.everything : null,
    autoOnly,
    MOST_REMOVED_AT_ONCE,
    channel,
  ])
  const [gone, more, keys] = row!
  return {
    gone: gone ? gone.split(",") : [],
    keys: JSON.parse(`[${keys ?? ""}]`) as string[],
    more: more === "t",
  }
}
