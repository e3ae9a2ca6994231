import {
  float8Array,
  int4Array,
  int8Array,
  type Parameter,
  type Row,
  textArray,
  uuidArray,
} from "../connection"
import { UNCHECKED } from "../stale-fill"
import type { Storage } from "../storage"
import type { NewEntry } from "../types"

/** What storing entries has done. */
interface Stored {
  /** Ids that no entry has any more. */
  readonly gone: string[]
  /** Those that were rejected: their key or a tag was cleared after the miss that they follow. */
  readonly stale: readonly NewEntry[]
}

/**
 * Stores the entries with one statement; no two may have the same key.
 *
 * A rejected set also deletes the current entry unless identical: that entry may be older still.
 */
export async function storeEntries(
  storage: Storage,
  entries: readonly NewEntry[]
): Promise<Stored> {
  const [first] = entries
  const rows =
    entries.length === 1 && first!.autoInvalidate
      ? await storeOne(storage, first!)
      : await storeSeveral(storage, entries)
  const gone: string[] = []
  const stale: NewEntry[] = []
  // Of what replaced nothing the id is null, of an announcement an empty text.
  for (const [id, position] of rows) {
    if (position !== null) {
      stale.push(entries[Number(position) - 1]!)
    } else if (id) {
      gone.push(id)
    }
  }
  if (stale.length > 0) {
    gone.push(...(await removeOutdated(storage, stale)))
  }
  return { gone, stale }
}

/** Identical entries stay: callers that share a get set the same value one after the other, and some are rejected. */
async function removeOutdated(
  { pool, statements, digests, namespace, channel }: Storage,
  stale: readonly NewEntry[]
): Promise<string[]> {
  const rows = await pool.write(statements.removeOutdated, [
    namespace,
    uuidArray(stale.map(({ name }) => digests.key(name))),
    textArray(stale.map(({ data }) => data)),
    channel,
  ])
  return rows.flatMap(([id]) => (id ? [id] : []))
}

function storeOne(
  { pool, statements, digests, namespace, invalidationLock, channel }: Storage,
  { name, data, tags, ttl, readVersion }: NewEntry
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
  return readVersion
    ? pool.write(statements.setEntryAfterMiss, [
        ...parameters,
        invalidationLock,
        digests.everything,
        readVersion.version,
        readVersion.epoch,
      ])
    : pool.write(statements.setEntry, parameters)
}

function storeSeveral(
  { pool, statements, digests, namespace, invalidationLock, channel }: Storage,
  entries: readonly NewEntry[]
): Promise<Row[]> {
  const tagDigests: string[] = []
  const tagPositions: number[] = []
  const exempt: number[] = []

  for (const [index, entry] of entries.entries()) {
    const position = index + 1 // as PostgreSQL counts
    for (const tag of entry.tags) {
      tagDigests.push(digests.tag(tag))
      tagPositions.push(position)
    }
    if (!entry.autoInvalidate) {
      exempt.push(position)
    }
  }
  const versions = entries.map(({ readVersion }) => readVersion ?? UNCHECKED)

  return pool.write(statements.setEntries, [
    namespace,
    uuidArray(entries.map((entry) => digests.key(entry.name))),
    textArray(entries.map((entry) => entry.name)),
    textArray(entries.map((entry) => entry.data)),
    textArray(entries.map((entry) => JSON.stringify(entry.tags))),
    float8Array(entries.map((entry) => entry.ttl)),
    uuidArray(tagDigests),
    int4Array(tagPositions),
    int4Array(exempt),
    entries.some(({ readVersion }) => readVersion) ? invalidationLock : null,
    digests.everything,
    int8Array(versions.map(({ version }) => version)),
    int8Array(versions.map(({ epoch }) => epoch)),
    channel,
  ])
}
