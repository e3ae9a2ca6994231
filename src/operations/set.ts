import {
  float8Array,
  int4Array,
  int8Array,
  type Parameter,
  type Row,
  textArray,
  uuidArray,
} from "../connection"
import { NO_MISS, type Position } from "../late-fill"
import type { Context } from "./context"

/** An entry to be stored. */
export interface NewEntry {
  /** The key's canonical name. */
  readonly name: string
  /** The value as JSON. */
  readonly data: string
  readonly tags: readonly string[]
  /** Seconds; `Infinity` for ever. */
  readonly ttl: number
  readonly autoInvalidate: boolean
  /** Of the miss that the set follows, if any. */
  readonly miss?: Position
}

/** What storing entries has done. */
export interface Stored {
  /** Ids that no entry has any more. */
  readonly gone: string[]
  /** How many entries came too late: what they follow has been cleared meanwhile. */
  readonly late: number
}

/**
 * Stores the entries with one statement; no two may have the same key.
 *
 * Where one comes too late, what stands under its key is removed, unless it is the same: it may be older than what
 * the caller has.
 */
export async function storeEntries(
  context: Context,
  entries: readonly NewEntry[]
): Promise<Stored> {
  const [first] = entries
  const rows =
    entries.length === 1 && first!.autoInvalidate
      ? await storeOne(context, first!)
      : await storeSeveral(context, entries)
  const gone: string[] = []
  const late: NewEntry[] = []
  // Of what replaced nothing the id is null, of an announcement an empty text.
  for (const [id, position] of rows) {
    if (position !== null) {
      late.push(entries[Number(position) - 1]!)
    } else if (id) {
      gone.push(id)
    }
  }
  if (late.length > 0) {
    gone.push(...(await removeOutdated(context, late)))
  }
  context.near?.forget(entries.map(({ name }) => name))
  return { gone, late: late.length }
}

/**
 * Not where the same value stands there: callers that share a get set the same one after the other, and some are
 * taken for late.
 */
async function removeOutdated(
  { pool, statements, digests, namespace, channel }: Context,
  late: readonly NewEntry[]
): Promise<string[]> {
  const rows = await pool.write(statements.removeOutdated, [
    namespace,
    uuidArray(late.map(({ name }) => digests.key(name))),
    textArray(late.map(({ data }) => data)),
    channel,
  ])
  return rows.flatMap(([id]) => (id ? [id] : []))
}

function storeOne(
  { pool, statements, digests, namespace, stampLock, channel }: Context,
  { name, data, tags, ttl, miss }: NewEntry
): Promise<Row[]> {
  const parameters: Parameter[] = [
    namespace,
    digests.key(name),
    name,
    data,
    JSON.stringify(tags),
    ttl,
    uuidArray(tags.map((tag) => digests.tag(tag))),
    channel,
  ]
  return miss
    ? pool.write(statements.setMissedEntry, [
        ...parameters,
        stampLock,
        digests.everything,
        miss.at,
        miss.era,
      ])
    : pool.write(statements.setEntry, parameters)
}

function storeSeveral(
  { pool, statements, digests, namespace, stampLock, channel }: Context,
  entries: readonly NewEntry[]
): Promise<Row[]> {
  const tagDigests: string[] = []
  const tagPositions: number[] = []
  const spared: number[] = []

  for (const [index, entry] of entries.entries()) {
    const position = index + 1 // as PostgreSQL counts
    for (const tag of entry.tags) {
      tagDigests.push(digests.tag(tag))
      tagPositions.push(position)
    }
    if (!entry.autoInvalidate) {
      spared.push(position)
    }
  }
  const misses = entries.map(({ miss }) => miss ?? NO_MISS)

  return pool.write(statements.setEntries, [
    namespace,
    uuidArray(entries.map((entry) => digests.key(entry.name))),
    textArray(entries.map((entry) => entry.name)),
    textArray(entries.map((entry) => entry.data)),
    textArray(entries.map((entry) => JSON.stringify(entry.tags))),
    float8Array(entries.map((entry) => entry.ttl)),
    uuidArray(tagDigests),
    int4Array(tagPositions),
    int4Array(spared),
    entries.some(({ miss }) => miss) ? stampLock : null,
    digests.everything,
    int8Array(misses.map(({ at }) => at)),
    int4Array(misses.map(({ era }) => Number(era))),
    channel,
  ])
}
