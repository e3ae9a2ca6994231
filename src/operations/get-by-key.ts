import { type Row, uuidArray } from "../connection"
import type { CircuitBreaker } from "../faults"
import type { Leases, Waiter } from "../leases/leases"
import type { NearCache, ReadEntry } from "../near-cache"
import {
  BEFORE_ALL,
  type Misses,
  type Read,
  type ReadVersion,
} from "../stale-fill"
import type { Storage } from "../storage"
import type { Metrics } from "../telemetry"
import { clearOf } from "../types"
import { type BatchQueue, type ReadCall, readQueue } from "./batch-queue"
import { invalidate } from "./clear"
import type { PendingClears } from "./pending-clears"

/** A statement answers at most this many keys, so that one answer stays of a size to handle. */
const MAX_KEYS_PER_STATEMENT = 64

/** Values that Medusa takes for a miss, and so sets anew; undefined: there is no entry. */
const JSON_TAKEN_FOR_A_MISS = new Set<string | undefined>([
  undefined,
  "null",
  "false",
  "0",
  '""',
])

interface GetCall extends ReadCall, Waiter {
  readonly read: Read
  /** The data as JSON, once it is there. */
  found?: string
  /** Whether its caller waits for another one's load. */
  mustWait?: boolean
  /** When it began to wait, by `performance.now()`. */
  waitsSince?: number
}

interface Dependencies {
  readonly storage: Storage
  readonly readBreaker: CircuitBreaker
  readonly misses: Misses
  readonly pending: PendingClears
  readonly near?: NearCache
  readonly leases?: Leases
  readonly metrics: Metrics
}

/** Reads entries by key; reads that are made at the same time share a statement. */
export class GetByKey {
  private readonly queue: BatchQueue<GetCall>
  /** The read version of the last miss. A miss without an answer gets it: it is older, so it rejects more. */
  private lastVersion = BEFORE_ALL

  constructor(
    private readonly deps: Dependencies,
    timeoutMillis: number
  ) {
    this.queue = readQueue(
      deps.storage,
      timeoutMillis,
      MAX_KEYS_PER_STATEMENT,
      (batch: GetCall[]) => this.run(batch)
    )
  }

  /**
   * Not `async`: where many read at once, promises are a fair part of a read's cost.
   *
   * @returns the value, fresh for this caller, or `null` for a miss; misses are noted
   */
  get(read: Read): Promise<unknown> {
    const { misses, leases, metrics } = this.deps
    return new Promise((resolve, reject) => {
      const call: GetCall = {
        read,
        waitsUntil: leases?.waitsUntil() ?? 0,
        wake: () => this.ask(call),
        resolve: () => {
          if (call.mustWait) {
            this.wait(call)
            return
          }
          try {
            const value =
              call.found === undefined ? null : this.parse(call.found)
            if (!JSON_TAKEN_FOR_A_MISS.has(call.found)) {
              read.hit()
            }
            if (call.waitsSince !== undefined) {
              metrics.waited(call.waitsSince, value !== null)
            }
            resolve(value)
          } catch (error) {
            call.reject(error as Error)
          }
        },
        reject: (error) => {
          call.isAbandoned = true
          misses.missed(read, this.lastVersion)
          reject(error)
        },
      }
      if (leases?.isLoading(read.name)) {
        this.wait(call)
      } else {
        this.ask(call)
      }
    })
  }

  private ask(call: GetCall): void {
    if (this.deps.readBreaker.isClosed) {
      this.queue.push(call)
    } else {
      this.deps.misses.missed(call.read, this.lastVersion)
      call.resolve()
    }
  }

  private wait(call: GetCall): void {
    call.mustWait = false
    // The time that a read may take begins with its next turn in the queue.
    call.since = undefined
    call.waitsSince ??= performance.now()
    this.deps.leases!.wait(call.read.name, call)
  }

  private parse(json: string): unknown {
    const { near } = this.deps
    return near ? near.parse(json) : JSON.parse(json)
  }

  private async run(batch: GetCall[]): Promise<void> {
    const { near, pending } = this.deps
    const readUnderWay = near?.begin()
    for (const call of batch) {
      // What an earlier read of this call has found may be gone.
      call.found = undefined
      call.isLarge = false
    }
    try {
      const calls = byName(batch)
      const pendingClears = pending.watch()
      const names = [...calls.keys()]
      const { entries, version, leaseTaken } = decode(
        await this.read(names),
        names
      )
      for (const { name, json, details } of entries) {
        const asking = calls.get(name) ?? []
        if (
          asking.length === 0 ||
          pendingClears.concerns(name, details?.tags)
        ) {
          continue
        }
        for (const call of asking) {
          call.isLarge = json === undefined
          call.found = json
        }
        const isWorthKeeping =
          !leaseTaken.has(name) && !JSON_TAKEN_FOR_A_MISS.has(json)
        if (readUnderWay && details && isWorthKeeping) {
          const entry = { ...details, json: json! }
          near!.keep(readUnderWay, JSON.parse(name) as string, entry)
        }
      }
      const answered = batch.filter((call) => !this.isReadAlone(call))
      answered.forEach((call) => this.decideWhoLoads(call, leaseTaken))
      await this.noteMisses(answered, version)
      answered.forEach((call) => call.resolve())
    } catch (error) {
      batch.forEach((call) => call.reject(error as Error))
    } finally {
      if (readUnderWay) {
        near!.end(readUnderWay)
      }
    }
  }

  private read(names: string[]): Promise<Row[]> {
    const { pool, statements, digests, namespace } = this.deps.storage
    const withDetails =
      this.deps.near !== undefined || this.deps.pending.size > 0
    const keys = names.map((name) => digests.key(name))
    const lease = this.deps.leases?.parameters(names) ?? []
    if (keys.length === 1) {
      const { getByKey, getByKeyWithDetails } = statements
      const statement = withDetails ? getByKeyWithDetails : getByKey
      return pool.read(statement, [namespace, keys[0]!, ...lease])
    }
    const { getByKeys, getByKeysWithDetails } = statements
    const statement = withDetails ? getByKeysWithDetails : getByKeys
    return pool.read(statement, [namespace, uuidArray(keys), ...lease])
  }

  /** Decides for a caller that found no live entry: load, wait, or take the expired value. Reports a live one. */
  private decideWhoLoads(
    call: GetCall,
    leaseTaken: ReadonlyMap<string, boolean>
  ): void {
    const { leases } = this.deps
    if (!leases) {
      return
    }
    const { name } = call.read
    const hasOldValue = call.found !== undefined && leaseTaken.has(name)
    const isElsewhere = leaseTaken.get(name) === false
    if (call.found !== undefined && !hasOldValue) {
      leases.found(name)
    } else if (leases.takeOrJoin(name, call, hasOldValue, isElsewhere)) {
      call.found = undefined
    } else {
      call.mustWait = !hasOldValue
    }
  }

  private isReadAlone(call: GetCall): boolean {
    const isLarge = call.isLarge === true && call.found === undefined
    if (isLarge && !call.isAbandoned) {
      this.queue.push(call)
    }
    return isLarge
  }

  /** @param version as it came with the answer, if it did */
  private async noteMisses(
    batch: GetCall[],
    version: ReadVersion | undefined
  ): Promise<void> {
    const missed = batch.filter(
      ({ found, mustWait }) => JSON_TAKEN_FOR_A_MISS.has(found) && !mustWait
    )
    if (missed.length > 0) {
      const noted = version ?? (await this.newestVersion())
      this.lastVersion = noted
      missed.forEach(({ read }) => this.deps.misses.missed(read, noted))
    }
  }

  /** @returns the newest record's version; where there is no record, as after a crash, one is made */
  private async newestVersion(): Promise<ReadVersion> {
    const { storage } = this.deps
    const { pool, statements } = storage
    const [newest] = await pool.read(statements.newestVersion, [])
    if (newest) {
      return readVersionOf(newest)
    }
    // A key that no shop has: `get` and `set` take no empty one.
    await invalidate(storage, clearOf(""))
    return this.newestVersion()
  }
}

function readVersionOf([version, epoch]: Row): ReadVersion {
  return { version: version!, epoch: epoch! }
}

/** What a statement of `src/sql/get.ts` has found. */
interface Found {
  readonly entries: readonly FoundEntry[]
  /** There if a key is missing, unless no invalidation record exists. */
  readonly version?: ReadVersion
  /** Of each key that is missing, or whose TTL has ended: whether its lease was taken; true also where leases are not shared. */
  readonly leaseTaken: ReadonlyMap<string, boolean>
}

interface FoundEntry {
  readonly name: string
  /** Nothing where it is too large to be read together with others. */
  readonly json?: string
  /** If the statement was asked for them. */
  readonly details?: Omit<ReadEntry, "json">
}

/** @param names that were asked for, in the order of the statement's keys */
function decode(rows: readonly Row[], names: readonly string[]): Found {
  const entries: FoundEntry[] = []
  const leaseTaken = new Map<string, boolean>()
  let version: ReadVersion | undefined
  for (const [name, data, id, seconds, tags, lease] of rows) {
    if (name !== null) {
      const details = id
        ? { id, tags: tags!, seconds: Number(seconds) }
        : undefined
      entries.push({ name: name!, json: data ?? undefined, details })
      if (lease) {
        leaseTaken.set(name!, lease === "t")
      }
      continue
    }
    // The read version as two numbers, or the position of a missing key as one.
    const [number, epoch] = data!.split(" ")
    if (epoch) {
      version = { version: number!, epoch }
    }
    if (lease) {
      leaseTaken.set(names[epoch ? 0 : Number(number) - 1]!, lease === "t")
    }
  }
  return { entries, version, leaseTaken }
}

/** Calls by the key they ask for. */
function byName(calls: GetCall[]): Map<string, GetCall[]> {
  const grouped = new Map<string, GetCall[]>()
  for (const call of calls) {
    const same = grouped.get(call.read.name)
    if (same) {
      same.push(call)
    } else {
      grouped.set(call.read.name, [call])
    }
  }
  return grouped
}
