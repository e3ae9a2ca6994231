import { canonicalName, Digester } from "../digests"
import { EVERYTHING } from "../types"
import type { Database } from "./database"
import * as sql from "./sql"

const MAX_LISTED_NAMESPACES = 20

/** The entry of a key, or those with any of several tags; by default all of the namespace. */
export interface Selection {
  readonly key?: string
  readonly tags?: string[]
}

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

interface EntryDetails extends ListedEntry {
  /** JSON, as is `data`. */
  readonly tags: string
  readonly data: string
  readonly autoInvalidate: boolean
}

const ORDERS = {
  newest: {
    list: sql.listNewest,
    rank: (one: ListedEntry) => -one.setAt.getTime(),
  },
  oldest: {
    list: sql.listOldest,
    rank: (one: ListedEntry) => one.setAt.getTime(),
  },
  largest: { list: sql.listLargest, rank: (one: ListedEntry) => -one.bytes },
}

export type Order = keyof typeof ORDERS

/** @returns the first entries in an order, of all servers together */
export async function listEntries(
  database: Database,
  selection: Selection,
  order: Order,
  limit: number
): Promise<ListedEntry[]> {
  const { list, rank } = ORDERS[order]
  const parameters = [...parametersOf(database, selection), limit]
  const found = await database.run<ListedEntry>(list, parameters)
  // Those of each server are in their order, and stay in it.
  return found.sort((one, other) => rank(one) - rank(other)).slice(0, limit)
}

export async function readEntry(
  database: Database,
  key: string
): Promise<EntryDetails | undefined> {
  const parameters = parametersOf(database, { key })
  const [entry] = await database.run<EntryDetails>(sql.readEntry, parameters)
  return entry
}

/** @param autoInvalidate leaves out exempt entries */
export function countEntries(
  database: Database,
  selection: Selection,
  autoInvalidate = false
): Promise<number> {
  const parameters = [...parametersOf(database, selection), autoInvalidate]
  return sumCounts(database, sql.countEntries, parameters)
}

/** @returns how many entries of all namespaces have expired and are not swept yet */
export function countExpired(database: Database): Promise<number> {
  return sumCounts(database, sql.countExpired)
}

/** @returns some of the namespaces that have entries, if this one has none */
export async function otherNamespaces(database: Database): Promise<string[]> {
  const parameters = [database.namespace, MAX_LISTED_NAMESPACES]
  const others = await database.names(sql.listOtherNamespaces, parameters)
  // One of several servers may have none of this namespace.
  const isEmpty = others.length > 0 && (await countEntries(database, {})) === 0
  return isEmpty ? [...new Set(others)] : []
}

/**
 * The key that a person means: what was typed, if it has an entry or is no JSON string, else what the string says. The
 * command `list` prints keys that no argument can hold as JSON strings.
 */
export async function keyOf(
  database: Database,
  typed: string
): Promise<string> {
  if (
    !typed.startsWith('"') ||
    (await countEntries(database, { key: typed })) > 0
  ) {
    return typed
  }
  try {
    return JSON.parse(typed) as string
  } catch {
    return typed
  }
}

/** The first three parameters of the statements. */
function parametersOf(
  { namespace }: Database,
  { key, tags = [EVERYTHING] }: Selection
): unknown[] {
  const digester = new Digester(namespace)
  if (key !== undefined) {
    return [namespace, digester.key(canonicalName(key)), null]
  }
  const isAll = tags.includes(EVERYTHING)
  const digests = tags.map((tag) => digester.tag(tag))
  return [namespace, null, isAll ? null : digests]
}

async function sumCounts(
  database: Database,
  count: typeof sql.countExpired,
  parameters?: unknown[]
): Promise<number> {
  const rows = await database.run<{ entries: number }>(count, parameters)
  return rows.reduce((sum, { entries }) => sum + entries, 0)
}
