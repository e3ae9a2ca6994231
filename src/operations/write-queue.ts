import { CircuitBreaker, isOutage, isReadOnly } from "../faults"
import type { Leases } from "../leases/leases"
import type { Log } from "../log"
import type { NearCache } from "../near-cache"
import type { Storage } from "../storage"
import type { Metrics } from "../telemetry"
import { type Change, type Clear, clearOf, type NewEntry } from "../types"
import {
  BatchQueue,
  type Call,
  countWithin,
  QueueFullError,
  QueueTimeoutError,
} from "./batch-queue"
import { invalidate } from "./clear"
import type { PendingClears } from "./pending-clears"
import { storeEntries } from "./set"

interface WriteCall extends Call {
  readonly change: Change
  /** Whether its caller has timed out. */
  isAbandoned?: boolean
}

const MAX_CHANGES_PER_STATEMENT = 64
/** Bytes of data and tags (a tag counts as about its cost in a row) that a statement carries. */
const MAX_BYTES_PER_STATEMENT = 4 * 1024 * 1024
const BYTES_PER_TAG = 64
/** A clear of a key or tag counts as so much: a statement carries some thousands of them. */
const BYTES_PER_CLEARED_NAME = 512
/** Sets beyond these are dropped: what cannot be stored as fast as it comes is not worth keeping in memory. */
const MAX_WAITING = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024

interface Dependencies {
  readonly storage: Storage
  readonly readBreaker: CircuitBreaker
  readonly pending: PendingClears
  readonly near?: NearCache
  readonly leases?: Leases
  /** What goes on in the background after a write. */
  readonly orphans: { removeOrphans(ids: readonly string[]): void }
  readonly evictor: { noteStored(entries: number, bytes: number): void }
  readonly largeClears: { start(): void }
  readonly metrics: Metrics
  readonly log: Log
}

/**
 * Takes every set and clear of a caller. Changes take effect in the order in which they were made,
 * awaited or not: a clear also removes what a set just before it stored. Neighbours of one kind share a statement.
 *
 * A clear is never lost: what cannot be carried out becomes a pending clear. So does the key of a set that failed,
 * since the value that it would have replaced is outdated.
 */
export class WriteQueue {
  /** Open while the database cannot be written. */
  readonly breaker: CircuitBreaker
  private readonly queue: BatchQueue<WriteCall>
  private waitingBytes = 0
  /** The last turn of pending clears. */
  private carryingOut = Promise.resolve()
  private isCarryingOutAll = false
  private isStopped = false

  constructor(
    private readonly deps: Dependencies,
    timeoutMillis: number
  ) {
    const { log, readBreaker, storage } = deps
    this.queue = new BatchQueue({
      concurrency: 1,
      capacity: MAX_WAITING,
      timeoutMillis,
      batchSize: (queue) => countAlike(queue),
      run: (batch) => this.run(batch),
    })
    this.breaker = new CircuitBreaker(log, {
      whileOpen:
        "the database cannot be written; sets are dropped, invalidations wait, and what they concern is not served",
      onceClosed: "the database can be written again",
      isLoggedElsewhere: () => !readBreaker.isClosed,
      opened: (reason) => {
        storage.pool.disconnectWriter()
        if (isReadOnly(reason)) {
          readBreaker.open(reason)
        }
      },
      attempt: () => this.carryOutPending((clear) => this.clear(clear)),
    })
    for (const breaker of [readBreaker, this.breaker]) {
      breaker.whenClosed = () => void this.carryOutAllPending()
    }
  }

  /**
   * Resolves when the change has taken effect, or has become a pending clear.
   *
   * @throws when the server refuses the value of a set, or does not answer in time
   */
  async write(change: Change): Promise<void> {
    const bytes = bytesOf(change)
    if (
      this.waitingBytes > 0 &&
      this.waitingBytes + bytes > MAX_WAITING_BYTES
    ) {
      const full = `${this.waitingBytes} bytes are waiting already`
      this.postpone(change, new QueueFullError(full))
      return
    }
    this.waitingBytes += bytes
    try {
      await this.enqueue(change)
    } catch (error) {
      const isLate = error instanceof QueueTimeoutError
      if (!isLate && !(error instanceof QueueFullError)) {
        throw error
      }
      const isLateSet = isLate && change.kind === "set"
      // The engine counts the error of a late set.
      this.postpone(change, isLateSet ? undefined : error)
      if (isLateSet) {
        throw error
      }
    } finally {
      this.waitingBytes -= bytes
    }
  }

  private enqueue(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      const call: WriteCall = {
        change,
        resolve,
        reject: (error) => {
          call.isAbandoned = true
          reject(error)
        },
      }
      this.queue.push(call)
    })
  }

  /** Resolves when the clear is carried out, or pending again, however long that takes. */
  private clearInTurn(clear: Clear): Promise<void> {
    return new Promise((resolve) => {
      const change: Change = { kind: "clear", clear }
      this.queue.push({ change, mustRun: true, resolve, reject: () => {} })
    })
  }

  /** Resolves once nothing waits, or once nothing can be written. */
  async idle(): Promise<void> {
    do {
      await this.queue.idle()
      await this.carryingOut
    } while (this.isCarryingOutAll && this.canWrite)
  }

  /** Calls that wait from now on are given up. */
  stop(): void {
    this.breaker.stop()
    this.isStopped = true
    const { pending, log } = this.deps
    if (pending.size > 0) {
      log.warn(
        `closed while ${pending.size} keys and tags wait to be cleared; other processes may serve them until their TTL ends`
      )
    }
  }

  private get canWrite(): boolean {
    return (
      this.deps.readBreaker.isClosed && this.breaker.isClosed && !this.isStopped
    )
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
        // First, for it ends the connection: no statement may follow one whose outcome is unknown.
        this.breaker.open(error)
        batch.forEach((call) => this.giveUp(call, error))
      } else if (batch.length === 1) {
        await this.refuse(batch[0]!, error)
      } else {
        // The server refused something in the batch: alone, each call fails or succeeds for itself.
        for (const call of batch) {
          await this.run([call])
        }
      }
    }
  }

  private async carryOut(changes: Change[]): Promise<void> {
    const entries = changes.flatMap((change) =>
      change.kind === "set" ? [change.entry] : []
    )
    const clears = changes.flatMap((change) =>
      change.kind === "clear" ? [change.clear] : []
    )
    if (entries.length > 0) {
      await this.store(entries)
    }
    if (clears.length > 0) {
      await this.clear(merge(clears))
    }
  }

  private async store(entries: NewEntry[]): Promise<void> {
    const { storage, near, leases, orphans, evictor, metrics } = this.deps
    for (const round of withUniqueKeys(entries)) {
      const { gone, stale } = await storeEntries(storage, round)
      near?.removeByNames(round.map(({ name }) => name))
      orphans.removeOrphans(gone)
      metrics.add("stale", stale.length)
      for (const entry of leases ? round : []) {
        leases!.end(entry.name, stale.includes(entry) ? "stale" : "stored")
      }
    }
    const bytes = entries.reduce((sum, { data }) => sum + data.length, 0)
    evictor.noteStored(entries.length, bytes)
  }

  private async clear(clear: Clear): Promise<void> {
    const { storage, near, orphans, largeClears, metrics } = this.deps
    try {
      const { gone, keys, more } = await invalidate(storage, clear)
      near?.removeByKeys(keys)
      metrics.removed(gone.length, "cleared")
      orphans.removeOrphans(gone)
      if (more) {
        near?.empty()
        largeClears.start()
      }
    } finally {
      near?.cleared(clear)
    }
  }

  private giveUp(call: WriteCall, error: unknown): void {
    // The call was counted and made pending when its caller timed out. That pending clear may have been
    // carried out since, so it is added again.
    if (call.isAbandoned) {
      this.postponeClear(clearFor(call.change))
    } else {
      this.postpone(call.change, error)
      call.resolve()
    }
  }

  /** The server is there, and refuses the change. */
  private async refuse(call: WriteCall, error: unknown): Promise<void> {
    const { change } = call
    if (change.kind === "clear") {
      this.deps.log.warn("a clear failed and will be tried again", error)
      this.breaker.open(error)
      this.giveUp(call, error)
      return
    }
    this.deps.leases?.end(change.entry.name, "unfilled")
    try {
      await this.clear(clearOf(change.entry.name))
    } catch (again) {
      this.postpone(change, again)
    }
    call.reject(error as Error)
  }

  private postpone(change: Change, reason: unknown): void {
    const { leases, metrics } = this.deps
    const isSet = change.kind === "set"
    if (isSet) {
      metrics.add("dropped")
      leases?.end(change.entry.name, "unfilled")
    }
    if (reason !== undefined) {
      metrics.failed(change.kind, reason)
    }
    this.postponeClear(clearFor(change))
  }

  private postponeClear(clear: Clear): void {
    const { near, pending } = this.deps
    pending.add(clear)
    near?.cleared(clear)
    if (this.canWrite) {
      void this.carryOutAllPending()
    }
  }

  /**
   * Carries out the pending clears.
   *
   * @throws when one of them fails
   */
  private carryOutPending(run: (clear: Clear) => Promise<void>): Promise<void> {
    const turn = this.carryingOut.then(() => this.deps.pending.carryOut(run))
    this.carryingOut = turn.catch(() => {})
    return turn
  }

  /**
   * Also those that become pending meanwhile. Each has its turn in the queue: a set that waits there already may have
   * been made before it, and must not be stored after it.
   */
  private async carryOutAllPending(): Promise<void> {
    if (this.isCarryingOutAll) {
      return
    }
    this.isCarryingOutAll = true
    try {
      while (this.deps.pending.size > 0 && this.canWrite) {
        await this.carryOutPending((clear) => this.clearInTurn(clear))
      }
    } catch (error) {
      this.breaker.open(error)
    } finally {
      this.isCarryingOutAll = false
    }
  }
}

/** What a change leaves behind if it is not carried out: what a set would have replaced is outdated. */
function clearFor(change: Change): Clear {
  return change.kind === "set" ? clearOf(change.entry.name) : change.clear
}

function countAlike(queue: readonly WriteCall[]): number {
  const first = queue[0]!.change
  return countWithin(
    queue,
    { calls: MAX_CHANGES_PER_STATEMENT, weight: MAX_BYTES_PER_STATEMENT },
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
 * Rounds with unique keys; the last write wins. A set that may be rejected starts a new round, so the one before it
 * survives.
 */
function withUniqueKeys(entries: readonly NewEntry[]): NewEntry[][] {
  const rounds = [new Map<string, NewEntry>()]
  for (const entry of entries) {
    const last = rounds.at(-1)!
    if (entry.readVersion && last.has(entry.name)) {
      rounds.push(new Map([[entry.name, entry]]))
    } else {
      last.set(entry.name, entry)
    }
  }
  return rounds.map((round) => [...round.values()])
}

function bytesOf(change: Change): number {
  if (change.kind === "set") {
    const { data, tags } = change.entry
    return data.length + tags.length * BYTES_PER_TAG
  }
  const { names, tags } = change.clear
  return (names.length + tags.length + 1) * BYTES_PER_CLEARED_NAME
}
