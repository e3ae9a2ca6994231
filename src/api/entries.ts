import type { Database, Selection } from "../cli/database"
import { listLargest, listNewest, listOldest } from "../cli/sql/entries"
import type { EntriesAnswer, Entry, Order } from "./answers"

const LISTS = { newest: listNewest, oldest: listOldest, largest: listLargest }

/** An entry as the statements of the command line select it. */
export interface Row {
  /** As its canonical name, which is JSON. */
  readonly key: string
  readonly setAt: Date
  readonly expiresAt: Date | null
  readonly secondsLeft: number | null
  readonly expired: boolean
  readonly bytes: number
  readonly storedBytes: number
}

export function entryOf(row: Row): Entry {
  return {
    key: JSON.parse(row.key) as string,
    set_at: row.setAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    seconds_left: row.secondsLeft,
    expired: row.expired,
    bytes: row.bytes,
    stored_bytes: row.storedBytes,
  }
}

export async function listEntries(
  database: Database,
  selection: Selection,
  order: Order,
  limit: number
): Promise<EntriesAnswer> {
  const parameters = [...database.which(selection), limit]
  const rows = await database.run<Row>(LISTS[order], parameters)
  const counted =
    rows.length < limit ? rows.length : await database.count(selection)
  // Entries may be removed between the two statements.
  const count = Math.max(counted, rows.length)
  return { entries: rows.map(entryOf), count }
}
