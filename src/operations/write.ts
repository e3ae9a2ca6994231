import { type Clear, isOutage } from "../faults"
import {
  countWithin,
  type Call,
  Lane,
  PatienceError,
  QueueFullError,
} from "../gather"
import type { Evictor } from "../eviction/evictor"
import { clearByKeys, clearByTags, clearNamespace } from "./clear"
import type { Context } from "./context"
import { type NewEntry, storeEntries } from "./set"
import type { Tidier } from "./tidy"

/** What changes the cache, in the order it was asked for. */
export type Change = { readonly kind: "set"; readonly entry: NewEntry } | Clear

type WriteCall = Call & { readonly change: Change }
type ChangeOf<K extends Change["kind"]> = Extract<Change, { kind: K }>

const MOST_CHANGES_A_STATEMENT = 64
/** Bytes of data and tags (counted at about their cost in a row) that a statement carries. */
const MOST_BYTES_A_STATEMENT = 4 * 1024 * 1024
const BYTES_A_TAG = 64
/** Sets beyond these are dropped: what cannot be stored as fast as it comes is not worth keeping in memory. */
const MOST_WAITING = 10_000
const MOST_WAITING_BYTES = 64 * 1024 * 1024

/**
 * The one way by which this process changes the cache. Changes take effect in the order in which
 * they were asked for, awaited or not: a clear also removes what a set asked for just before it.
 * Neighbours of the same kind share a statement.
 *
 * A clear is never lost: what cannot be carried out is left to `Availability`, and so is the removal of
 * what a set that failed would have replaced, since that is outdated.
 */
export class Writer {
  private readonly lane: Lane<WriteCall>
  private waitingBytes = 0

  constructor(
    private readonly context: Context,
    private readonly tidier: Tidier,
    private readonly evictor: Evictor,
    patienceMillis: number
  ) {
    this.lane = new Lane({
      width: 1,
      capacity: MOST_WAITING,
      patienceMillis,
      // Their order is what makes what comes after them right.
      carriesOutLate: true,
      batchSize: (queue) => countAlike(queue),
      run: (batch) => this.run(batch),
    })
  }

  /**
   * Resolves when the change has taken effect, or was left for later.
   *
   * @throws when the server refuses the value of a set, or does not answer in time
   */
  async write(change: Change): Promise<void> {
    const bytes = bytesOf(change)
    if (
      this.waitingBytes > 0 &&
      this.waitingBytes + bytes > MOST_WAITING_BYTES
    ) {
      const full = `${this.waitingBytes} bytes are waiting already`
      this.postpone(change, new QueueFullError(full))
      return
    }
    this.waitingBytes += bytes
    try {
      await new Promise<void>((resolve, reject) => {
        this.lane.push({ change, resolve, reject })
      })
    } catch (error) {
      const late = error instanceof PatienceError && change.kind !== "set"
      if (!late && !(error instanceof QueueFullError)) {
        throw error
      }
      this.postpone(change, error)
    } finally {
      this.waitingBytes -= bytes
    }
  }

  /** Carries out clears that had to wait. */
  async carryOutClears(clears: Clear[]): Promise<void> {
    this.tidier.tidyUpAfter(await this.carryOut(clears))
  }

  private async run(batch: WriteCall[]): Promise<void> {
    if (!this.context.availability.isOn) {
      batch.forEach((call) => this.giveUp(call, undefined))
      return
    }
    try {
      this.tidier.tidyUpAfter(
        await this.carryOut(batch.map((call) => call.change))
      )
      batch.forEach((call) => call.resolve())
    } catch (error) {
      if (isOutage(error)) {
        // First, for it ends every connection: none may outlive what this one has met.
        this.context.availability.fail(error)
        batch.forEach((call) => this.giveUp(call, error))
      } else if (batch.length === 1) {
        await this.refuse(batch[0]!, error)
      } else {
        // The server refused something in the batch: alone, each fails or succeeds for itself.
        for (const call of batch) {
          await this.run([call])
        }
      }
    }
  }

  private giveUp(call: WriteCall, error: unknown): void {
    this.postpone(call.change, error)
    call.resolve()
  }

  private async refuse(call: WriteCall, error: unknown): Promise<void> {
    const { change } = call
    if (change.kind !== "set") {
      this.context.log.warn("a clear failed and will be tried again", error)
      this.giveUp(call, error)
      return
    }
    try {
      this.tidier.tidyUpAfter(await this.carryOut([removalOf(change.entry)]))
    } catch (again) {
      this.postpone(change, again)
    }
    call.reject(error as Error)
  }

  private postpone(change: Change, reason: unknown): void {
    const { metrics, availability } = this.context
    const isSet = change.kind === "set"
    if (isSet) {
      metrics.dropped()
    }
    if (reason !== undefined) {
      metrics.failed(isSet ? "set" : "clear", reason)
    }
    availability.postpone(isSet ? removalOf(change.entry) : change, reason)
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
    const gone: string[] = []
    for (const round of withoutRepeats(entries)) {
      const stored = await storeEntries(this.context, round)
      gone.push(...stored.gone)
      this.context.metrics.cameTooLate(stored.late)
    }
    const bytes = entries.reduce((sum, { data }) => sum + data.length, 0)
    this.evictor.noteStored(entries.length, bytes)
    return gone
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

/**
 * Entries in rounds of which each has a key only once. One that is replaced in any case is left out; one
 * that follows a miss may come too late, where the one before does not.
 */
function withoutRepeats(entries: readonly NewEntry[]): NewEntry[][] {
  const rounds = [new Map<string, NewEntry>()]
  for (const entry of entries) {
    const last = rounds.at(-1)!
    if (entry.miss && last.has(entry.name)) {
      rounds.push(new Map([[entry.name, entry]]))
    } else {
      last.set(entry.name, entry)
    }
  }
  return rounds.map((round) => [...round.values()])
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

/** What a set that is not carried out leaves to be done: the older value is outdated. */
function removalOf({ name }: NewEntry): Clear {
  return { kind: "clear-key", name, automatic: false }
}
