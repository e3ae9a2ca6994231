import { type Row, uuidArray } from "../connection"
import { EVERYTHING } from "../sql"
import type { Context } from "./context"
import { stamp } from "./stamp"

/** The smallest key there can be: where the walk over a namespace begins. */
const BEFORE_ALL_KEYS = "00000000-0000-0000-0000-000000000000"
/** Entries removed by one statement while a whole namespace is emptied. */
const ENTRIES_A_BATCH = 2_000

/** @returns the ids of the entries that were removed */
export async function clearByTags(
  context: Context,
  tags: readonly string[],
  automatic: boolean
): Promise<string[]> {
  const { pool, statements, digests, namespace, channel, near } = context
  const names = tags.map((tag) => digests.tagOnce(tag))
  try {
    if (!(await stamp(context, names, automatic))) {
      return []
    }
    const rows = await pool.write(statements.clearByTags, [
      namespace,
      uuidArray(names),
      automatic,
      channel,
    ])
    return removedIn(context, rows)
  } finally {
    near?.cleared({ tags })
  }
}

/**
 * @param names canonical names of keys
 * @returns the ids of the entries that were removed
 */
export async function clearByKeys(
  context: Context,
  names: readonly string[],
  automatic: boolean
): Promise<string[]> {
  const { pool, statements, digests, namespace, channel, near } = context
  const keys = names.map((name) => digests.key(name))
  try {
    const [, rows] = await Promise.all([
      stamp(context, keys, automatic),
      pool.write(statements.clearByKeys, [
        namespace,
        uuidArray(keys),
        automatic,
        channel,
      ]),
    ])
    return removedIn(context, rows)
  } finally {
    near?.cleared({ names })
  }
}

/**
 * Removes everything that was in the namespace when it was called, with all its rows.
 *
 * @returns the number of entries that were removed
 */
export async function clearNamespace(context: Context): Promise<number> {
  const { pool, statements, digests, namespace, channel } = context
  const [, [newest]] = await Promise.all([
    stamp(context, [digests.everything], false),
    pool.write(statements.newestId, []),
  ])
  let removed = 0
  let after: string | null | undefined = BEFORE_ALL_KEYS
  while (after) {
    const [last] = await pool.write(statements.clearNamespace, [
      namespace,
      after,
      newest![0]!,
      ENTRIES_A_BATCH,
    ])
    after = last?.[0]
    removed += Number(last?.[1] ?? 0)
  }
  context.near?.empty()
  if (channel !== null) {
    await pool.write(statements.notify, [channel, EVERYTHING])
  }
  return removed
}

/** @returns the ids; an announcement among the rows is an empty text */
function removedIn({ near }: Context, rows: Row[]): string[] {
  const removed = rows.filter(([id]) => id)
  near?.forget(removed.map(([, name]) => name!))
  return removed.map(([id]) => id!)
}
