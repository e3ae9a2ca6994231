import type { Database, Selection } from "./database"
import { listLargest, listNewest, listOldest } from "./sql/entries"

/** An entry as the lists of `sql/entries.ts` select it. */
export interface ListedEntry {
  /** As its canonical name, which is JSON. */
  readonly key: string
  readonly setAt: Date
  readonly expiresAt: Date | null
  readonly secondsLeft: number | null
  readonly expired: boolean
  /** Of JSON. */
  readonly bytes: number
  readonly storedBytes: number
}

const ORDERS = {
  newest: {
    list: listNewest,
    place: (one: ListedEntry) => -one.setAt.getTime(),
  },
  oldest: {
    list: listOldest,
    place: (one: ListedEntry) => one.setAt.getTime(),
  },
  largest: { list: listLargest, place: (one: ListedEntry) => -one.bytes },
}

export type Order = keyof typeof ORDERS

/** The first entries in an order, of all servers together. */
export async function listEntries(
  database: Database,
  selection: Selection,
  order: Order,
  limit: number
): Promise<ListedEntry[]> {
  const { list, place } = ORDERS[order]
  const parameters = [...database.which(selection), limit]
  const found = await database.run<ListedEntry>(list, parameters)
  // Those of each server are in their order, and stay in it.
  return found.sort((one, other) => place(one) - place(other)).slice(0, limit)
}
