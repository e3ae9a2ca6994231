import { countWithin, type Call, Lane } from "../gather"
import type { Evictor } from "../eviction/evictor"
import { clearByKeys, clearByTags, clearNamespace } from "./clear"
import type { Context } from "./context"
import { type NewEntry, storeEntries } from "./set"
import type { Tidier } from "./tidy"

/** What changes the cache, in the order it was asked for. */
export type Change =
  | { readonly kind: "set"; readonly entry: NewEntry }
  | {
      readonly kind: "clear-tags"
      readonly tags: readonly string[]
      readonly automatic: boolean
    }
  | {
      readonly kind: "clear-key"
      readonly name: string
      readonly automatic: boolean
    }
  | { readonly kind: "clear-all" }

type WriteCall = Call & { readonly change: Change }
type ChangeOf<K extends Change["kind"]> = Extract<Change, { kind: K }>

const MOST_CHANGES_A_STATEMENT = 64
/** Bytes of data and tags (counted at about their cost in a row) that a statement carries. */
const MOST_BYTES_A_STATEMENT = 4 * 1024 * 1024
const BYTES_A_TAG = 64

/**
 * The one way by which this process changes the cache. Changes take effect in the order in which
 * they were asked for, awaited or not: a clear also removes what a set asked for just before it.
 * Neighbours of the same kind share a statement.
 */
export class Writer {
  private readonly lane: Lane<WriteCall>

  constructor(
    private readonly context: Context,
    private readonly tidier: Tidier,
    private readonly evictor: Evictor
  ) {
    this.lane = new Lane({
      width: 1,
      batchSize: (queue) => countAlike(queue),
      run: (batch) => this.run(batch),
    })
  }

  write(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.lane.push({ change, resolve, reject })
    })
  }

  private async run(batch: WriteCall[]): Promise<void> {
    try {
      const gone = await this.carryOut(batch.map((call) => call.change))
      this.tidier.tidyUpAfter(gone)
      batch.forEach((call) => call.resolve())
    } catch (error) {
      if (batch.length === 1 || isConnectionFault(error)) {
        batch.forEach((call) => call.reject(error as Error))
        return
      }
      // The server refused something in the batch: alone, each fails or succeeds for itself.
      for (const call of batch) {
        await this.run([call])
      }
    }
  }

  /** @returns the ids of entries that were replaced or removed */
  private async carryOut(changes: Change[]): Promise<string[]> {
    const [first] = changes
    switch (first!.kind) {
      case "set":
        return this.store(
          (changes as ChangeOf<"set">[]).map((change) => change.entry)
        )
      case "clear-tags":
        return this.cleared(
          await clearByTags(
            this.context,
            (changes as ChangeOf<"clear-tags">[]).flatMap(
              (change) => change.tags
            ),
            first!.automatic
          )
        )
      case "clear-key":
        return this.cleared(
          await clearByKeys(
            this.context,
            (changes as ChangeOf<"clear-key">[]).map((change) => change.name),
            first!.automatic
          )
        )
      case "clear-all":
        this.context.metrics.removed(
          await clearNamespace(this.context),
          "cleared"
        )
        // Its statements take all rows of an entry along.
        return []
    }
  }

  private async store(entries: NewEntry[]): Promise<string[]> {
    const replaced = await storeEntries(this.context, entries)
    const bytes = entries.reduce((sum, { data }) => sum + data.length, 0)
    this.evictor.noteStored(entries.length, bytes)
    return replaced
  }

  private cleared(ids: string[]): string[] {
    this.context.metrics.removed(ids.length, "cleared")
    return ids
  }
}

function countAlike(queue: readonly WriteCall[]): number {
  const first = queue[0]!.change
  return countWithin(
    queue,
    { calls: MOST_CHANGES_A_STATEMENT, weight: MOST_BYTES_A_STATEMENT },
    ({ change }) => (isAlike(first, change) ? bytesOf(change) : undefined)
  )
}

function isAlike(one: Change, other: Change): boolean {
  if (one.kind !== other.kind) {
    return false
  }
  return (
    !("automatic" in one && "automatic" in other) ||
    one.automatic === other.automatic
  )
}

function bytesOf(change: Change): number {
  switch (change.kind) {
    case "set":
      return change.entry.data.length + change.entry.tags.length * BYTES_A_TAG
    case "clear-tags":
      return change.tags.length * BYTES_A_TAG
    default:
      return BYTES_A_TAG
  }
}

/** What the server itself reports has a severity; classes 08 and 57P are about the connection. */
function isConnectionFault(error: unknown): boolean {
  const { severity, code } = error as { severity?: string; code?: string }
  return (
    severity === undefined ||
    code === undefined ||
    code.startsWith("08") ||
    code.startsWith("57P")
  )
}
