import { type Row, uuidArray } from "../connection"
import type { Call, BatchQueue } from "../batching"
import type { ReadVersion, Read } from "../stale-fill"
import { clear } from "./clear"
import type { Context } from "./context"
import { readQueue } from "./reading"

/** A statement answers at most this many keys, so that one answer stays of a size to handle. */
const MOST_KEYS_A_STATEMENT = 64
/** Fewer calls than this are not worth a second statement. */
const WORTH_SHARING_OUT = 8

/** Values that Medusa takes for a miss, and so sets anew. */
const LIKE_A_MISS = new Set<string | undefined>([
  undefined,
  "null",
  "false",
  "0",
  '""',
])

/** A digest that no key or tag is likely to have. */
const NOTHING = "00000000-0000-0000-0000-000000000000"

interface GetCall extends Call {
  readonly read: Read
  /** Whether the value is too large to be read together with others. */
  isLarge?: boolean
  /** Whether its caller waits no longer. */
  isOver?: boolean
  /** The data as JSON, once it is there. */
  found?: string
}

/** Reads entries by key; reads that are made at the same time share a statement. */
export class GetByKey {
  private readonly queue: BatchQueue<GetCall>

  /** @param timeoutMillis how long a call may wait for its turn */
  constructor(
    private readonly context: Context,
    timeoutMillis: number
  ) {
    this.queue = readQueue(context, timeoutMillis, {
      batchSize: (queue, free) => countTogether(queue, free),
      run: (batch) => this.run(batch),
    })
  }

  /**
   * A promise of its own, and no `async`: where many read at once, promises are a fair part of a read's cost.
   *
   * @returns the value, fresh for this caller, or `null` for a miss, which is noted
   */
  get(read: Read): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call: GetCall = {
        read,
        resolve: () => {
          try {
            resolve(call.found === undefined ? null : this.parse(call.found))
          } catch (error) {
            call.reject(error as Error)
          }
        },
        reject: (error) => {
          call.isOver = true
          reject(error)
        },
      }
      this.queue.push(call)
    })
  }

  private parse(json: string): unknown {
    const { near } = this.context
    return near ? near.parse(json) : JSON.parse(json)
  }

  private async run(batch: GetCall[]): Promise<void> {
    const { near, pending } = this.context
    const fill = near?.begin()
    const pendingVersion = pending.version
    const withDetails = near !== undefined || pending.size > 0
    /** Whether a clear that waits concerns an entry; without its tags, any that came meanwhile may. */
    const isCleared = (name: string, tags: string | undefined) =>
      tags === undefined
        ? pending.version !== pendingVersion
        : pending.size > 0 &&
          pending.concern(name, JSON.parse(tags) as string[])
    try {
      const waiting = byName(batch)
      const rows = await this.read([...waiting.keys()], withDetails)
      let version: ReadVersion | undefined
      for (const [name, data, id, seconds, tags] of rows) {
        if (name === null) {
          const [record, epoch] = data!.split(" ") as [string, string]
          version = { version: record, epoch }
          continue
        }
        const calls = waiting.get(name!) ?? []
        if (calls.length === 0 || isCleared(name!, tags ?? undefined)) {
          continue
        }
        for (const call of calls) {
          call.isLarge = data === null
          call.found = data ?? undefined
        }
        if (fill && data !== null && !LIKE_A_MISS.has(data)) {
          near!.keep(fill, JSON.parse(name!) as string, {
            version: id!,
            json: data!,
            tags: tags!,
            seconds: Number(seconds),
          })
        }
      }
      const answered = batch.filter((call) => !this.isReadAlone(call))
      await this.noteMisses(answered, version)
      answered.forEach((call) => call.resolve())
    } catch (error) {
      batch.forEach((call) => call.reject(error as Error))
    } finally {
      if (fill) {
        near!.end(fill)
      }
    }
  }

  private isReadAlone(call: GetCall): boolean {
    const isLarge = call.isLarge && call.found === undefined
    if (isLarge && !call.isOver) {
      this.queue.push(call)
    }
    return isLarge === true
  }

  /** @param version as it came with the answer, if it did */
  private async noteMisses(
    batch: GetCall[],
    version: ReadVersion | undefined
  ): Promise<void> {
    const misses = batch.filter(({ found }) => LIKE_A_MISS.has(found))
    if (misses.length > 0) {
      const noted = version ?? (await this.currentVersion())
      misses.forEach(({ read }) => this.context.misses.missed(read, noted))
    }
  }

  /** @returns the newest record's version; where there is no record, as after a crash, one is made */
  private async currentVersion(): Promise<ReadVersion> {
    const { pool, statements } = this.context
    const [newest] = await pool.read(statements.newestVersion, [])
    if (newest) {
      return { version: newest[0]!, epoch: newest[1]! }
    }
    await clear(this.context, {
      names: [NOTHING],
      tags: [],
      everything: false,
      autoOnly: false,
    })
    return this.currentVersion()
  }

  private read(names: string[], withDetails: boolean): Promise<Row[]> {
    const { pool, statements, digests, namespace } = this.context
    const keys = names.map((name) => digests.key(name))
    if (keys.length === 1) {
      const { getByKey, getByKeyWithDetails } = statements
      const statement = withDetails ? getByKeyWithDetails : getByKey
      return pool.read(statement, [namespace, keys[0]!])
    }
    const { getByKeys, getByKeysWithDetails } = statements
    const statement = withDetails ? getByKeysWithDetails : getByKeys
    return pool.read(statement, [namespace, uuidArray(keys)])
  }
}

/**
 * How many calls share a statement. Callers answered together tend to ask again together; shared out, the server
 * answers some while this process reads the answers of the others. A large value goes by itself.
 *
 * @param free how many statements can be sent now
 */
function countTogether(queue: readonly GetCall[], free: number): number {
  const large = queue.findIndex(({ isLarge }) => isLarge)
  const together = large === -1 ? queue.length : Math.max(1, large)
  return together < WORTH_SHARING_OUT
    ? together
    : Math.min(Math.ceil(together / free), MOST_KEYS_A_STATEMENT)
}

/** Calls by the key they ask for. */
function byName(calls: GetCall[]): Map<string, GetCall[]> {
  const grouped = new Map<string, GetCall[]>()
  for (const call of calls) {
    const same = grouped.get(call.read.key)
    if (same) {
      same.push(call)
    } else {
      grouped.set(call.read.key, [call])
    }
  }
  return grouped
}
