import { type Clear, isOutage } from "../faults"
import {
  countWithin,
  type Call,
  BatchQueue,
  QueueTimeoutError,
  QueueFullError,
} from "../batching"
import type { Evictor } from "../sweep/evictor"
import { clear } from "./clear"
import type { Context } from "./context"
import type { Removal } from "./removal"
import { type NewEntry, storeEntries } from "./set"
import type { OrphanCleanup } from "./orphan-cleanup"

/** What changes the cache, in the order it was asked for. */
export type Change =
  | { readonly kind: "set"; readonly entry: NewEntry }
  | { readonly kind: "clear"; readonly clear: Clear }

type WriteCall = Call & { readonly change: Change }

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
 * A clear is never lost: what cannot be carried out is left to `PendingClears`, and so is the removal of
 * what a set that failed would have replaced, since that is outdated.
 */
export class Writer {
  private readonly queue: BatchQueue<WriteCall>
  private waitingBytes = 0
  private carryingOut?: Promise<void>
  private carryingOutSoon = false

  constructor(
    private readonly context: Context,
    private readonly orphans: OrphanCleanup,
    private readonly evictor: Evictor,
    private readonly removal: Removal,
    timeoutMillis: number
  ) {
    this.queue = new BatchQueue({
      concurrency: 1,
      capacity: MOST_WAITING,
      timeoutMillis,
      // Their order is what makes what comes after them right.
      runsAfterTimeout: true,
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
        this.queue.push({ change, resolve, reject })
      })
    } catch (error) {
      const late = error instanceof QueueTimeoutError && change.kind === "clear"
      if (!late && !(error instanceof QueueFullError)) {
        throw error
      }
      this.postpone(change, error)
    } finally {
      this.waitingBytes -= bytes
    }
  }

  /**
   * Carries out the clears that wait, before what is written afterwards.
   *
   * @throws when one of them fails
   */
  carryOutPending(): Promise<void> {
    this.carryingOut ??= this.context.pending
      .carryOut((pending) => this.clear(pending))
      .finally(() => (this.carryingOut = undefined))
    return this.carryingOut
  }

  /** The same, as soon as the database can be written. */
  async carryOutPendingSoon(): Promise<void> {
    const { pending, writes } = this.context
    if (this.carryingOutSoon) {
      return
    }
    this.carryingOutSoon = true
    try {
      while (pending.size > 0 && this.canWrite) {
        await this.carryOutPending()
      }
    } catch (error) {
      writes.open(error)
    } finally {
      this.carryingOutSoon = false
    }
  }

  private get canWrite(): boolean {
    const { reads, writes } = this.context
    return reads.isClosed && writes.isClosed
  }

  private async run(batch: WriteCall[]): Promise<void> {
    if (!this.canWrite) {
      batch.forEach((call) => this.giveUp(call, undefined))
      return
    }
    try {
      await this.carryOut(batch.map((call) => call.change))
      batch.forEach((call) => call.resolve())
    } catch (error) {
      if (isOutage(error)) {
        // First, for it ends the connection: no statement may follow the one whose fate is unknown.
        this.context.writes.open(error)
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
    if (change.kind === "clear") {
      this.context.log.warn("a clear failed and will be tried again", error)
      this.context.writes.open(error)
      this.giveUp(call, error)
      return
    }
    try {
      await this.clear(removalOf(change.entry))
    } catch (again) {
      this.postpone(change, again)
    }
    call.reject(error as Error)
  }

  private postpone(change: Change, reason: unknown): void {
    const { metrics, near, pending } = this.context
    const isSet = change.kind === "set"
    if (isSet) {
      metrics.dropped()
    }
    if (reason !== undefined) {
      metrics.failed(change.kind, reason)
    }
    const removal = isSet ? removalOf(change.entry) : change.clear
    pending.add(removal)
    near?.cleared(removal)
    if (this.canWrite) {
      void this.carryOutPendingSoon()
    }
  }

  private async carryOut(changes: Change[]): Promise<void> {
    if (changes[0]!.kind === "set") {
      const sets = changes as Extract<Change, { kind: "set" }>[]
      await this.store(sets.map(({ entry }) => entry))
    } else {
      const clears = changes as Extract<Change, { kind: "clear" }>[]
      await this.clear(merge(clears.map((change) => change.clear)))
    }
  }

  private async store(entries: NewEntry[]): Promise<void> {
    for (const round of withoutRepeats(entries)) {
      const stored = await storeEntries(this.context, round)
      this.orphans.removeOrphans(stored.gone)
      this.context.metrics.staleFills(stored.stale)
    }
    const bytes = entries.reduce((sum, { data }) => sum + data.length, 0)
    this.evictor.noteStored(entries.length, bytes)
  }

  private async clear(asked: Clear): Promise<void> {
    const { near, metrics } = this.context
    try {
      const { gone, keys, more } = await clear(this.context, asked)
      near?.removed(keys)
      metrics.removed(gone.length, "cleared")
      this.orphans.removeOrphans(gone)
      if (more) {
        near?.empty()
        this.removal.start()
      }
    } finally {
      near?.cleared(asked)
    }
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
  if (one.kind === "clear" && other.kind === "clear") {
    return one.clear.autoOnly === other.clear.autoOnly
  }
  return one.kind === other.kind
}

function merge(clears: Clear[]): Clear {
  return {
    names: clears.flatMap(({ names }) => names),
    tags: clears.flatMap(({ tags }) => tags),
    everything: clears.some(({ everything }) => everything),
    autoOnly: clears[0]!.autoOnly,
  }
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
  return change.kind === "set"
    ? change.entry.data.length + change.entry.tags.length * BYTES_A_TAG
    : (change.clear.tags.length + 1) * BYTES_A_TAG
}

/** What a set that is not carried out leaves to be done: the older value is outdated. */
function removalOf({ name }: NewEntry): Clear {
  return { names: [name], tags: [], everything: false, autoOnly: false }
}
