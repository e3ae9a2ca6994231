import type { ICachingProviderService } from "@medusajs/framework/types"
import { uuidArray } from "../connection"
import { canonicalName } from "../encoding/canonical-name"
import type { Clear } from "../faults"
import type { Context } from "./context"
import { readInput, readKey, readOptions, readTags } from "./input"

export type ClearInput = Parameters<ICachingProviderService["clear"]>[0]

/** The tag that stands for the whole namespace. */
const EVERYTHING = "*"

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

/**
 * @returns `undefined` when there is nothing to remove
 * @throws {MedusaError} on input that is not what it should be
 */
export function readClear(input: ClearInput): Clear | undefined {
  const key = readKey("clear", readInput("clear", input).key)
  const tags = key === undefined ? readTags("clear", input.tags) : []
  const options = readOptions("clear", input.options)

  const autoOnly = options !== undefined
  if (tags.includes(EVERYTHING)) {
    return { names: [], tags: [], everything: true, autoOnly: false }
  }
  if (autoOnly && options.autoInvalidate !== true) {
    return undefined
  }
  if (key !== undefined) {
    return { names: [canonicalName(key)], tags, everything: false, autoOnly }
  }
  return tags.length > 0
    ? { names: [], tags, everything: false, autoOnly }
    : undefined
}
