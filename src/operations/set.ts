import {
  float8Array,
  int4Array,
  type Parameter,
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

/** Stores the entries with one statement. Of several with the same key the last one counts. */
export async function storeEntries(
  context: Context,
  entries: readonly NewEntry[]
): Promise<void> {
  const latest = new Map(entries.map((entry) => [entry.name, entry]))
  await context.pool.write(
    context.statements.setEntries,
    parametersOf(context, [...latest.values()])
  )
}

function parametersOf(
  { namespace, digests }: Context,
  entries: readonly NewEntry[]
): Parameter[] {
  const tagDigests: Buffer[] = []
  const tagPositions: number[] = []
  const sparedPositions: number[] = []

  for (const [index, entry] of entries.entries()) {
    const position = index + 1 // as PostgreSQL counts
    for (const tag of entry.tags) {
      tagDigests.push(digests.tag(tag))
      tagPositions.push(position)
    }
    if (!entry.autoInvalidate) {
      sparedPositions.push(position)
    }
  }

  return [
    namespace,
    uuidArray(entries.map((entry) => digests.key(entry.name))),
    textArray(entries.map((entry) => entry.name)),
    textArray(entries.map((entry) => entry.data)),
    textArray(entries.map((entry) => JSON.stringify(entry.tags))),
    float8Array(entries.map((entry) => entry.ttl)),
    uuidArray(tagDigests),
    int4Array(tagPositions),
    int4Array(sparedPositions),
  ]
}
