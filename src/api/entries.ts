import type { Database } from "../inspect/database"
import {
  countEntries,
  type ListedEntry,
  listEntries,
  type Selection,
} from "../inspect/entries"
import type { EntriesAnswer, Entry, Order } from "./answers"

export function entryOf(row: ListedEntry): Entry {
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

export async function answerEntries(
  database: Database,
  selection: Selection,
  order: Order,
  limit: number
): Promise<EntriesAnswer> {
  const rows = await listEntries(database, selection, order, limit)
  const counted =
    rows.length < limit ? rows.length : await countEntries(database, selection)
  // Entries may be removed between the two statements.
  const count = Math.max(counted, rows.length)
  return { entries: rows.map(entryOf), count }
}
