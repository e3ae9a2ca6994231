import {
  float8Array,
  int4Array,
  type Parameter,
  type Row,
  textArray,
  uuidArray,
} from "../connection"
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
}

/**
 * Stores the entries with one statement. Of several with the same key the last one counts.
 *
 * @returns the ids that were replaced
 */
export async function storeEntries(
  context: Context,
  entries: readonly NewEntry[]
): Promise<string[]> {
  const latest = [
    ...new Map(entries.map((entry) => [entry.name, entry])).values(),
  ]
  const [first] = latest
  const rows =
    latest.length === 1 && first!.autoInvalidate
      ? await storeOne(context, first!)
      : await storeSeveral(context, latest)
  return rows.map(([id]) => id!)
}

function storeOne(
  { pool, statements, digests, namespace }: Context,
  { name, data, tags, ttl }: NewEntry
): Promise<Row[]> {
  return pool.write(statements.setEntry, [
    namespace,
    digests.key(name),
    name,
    data,
    JSON.stringify(tags),
    ttl,
    uuidArray(tags.map((tag) => digests.tag(tag))),
  ])
}

function storeSeveral(
  { pool, statements, digests, namespace }: Context,
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

  const parameters: Parameter[] = [
    namespace,
    uuidArray(entries.map((entry) => digests.key(entry.name))),
    textArray(entries.map((entry) => entry.name)),
    textArray(entries.map((entry) => entry.data)),
    textArray(entries.map((entry) => JSON.stringify(entry.tags))),
    float8Array(entries.map((entry) => entry.ttl)),
    uuidArray(tagDigests),
    int4Array(tagPositions),
  ]
  return spared.length === 0
    ? pool.write(statements.setEntries, parameters)
    : pool.write(statements.setEntriesWithOptions, [
        ...parameters,
        int4Array(spared),
      ])
}
