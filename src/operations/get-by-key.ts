import { type Row, uuidArray } from "../connection"
import type { Call, Lane } from "../gather"
import type { Position, Read } from "../late-fill"
import type { Context } from "./context"
import { readingLane } from "./reading"
import { currentPosition } from "./stamp"

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

interface GetCall extends Call {
  readonly read: Read
  /** The data as JSON, once it is there. */
  found?: string
}

/** Reads entries by key; reads that are made at the same time share a statement. */
export class GetByKey {
  private readonly lane: Lane<GetCall>

  /** @param patienceMillis how long a call may wait for its turn */
  constructor(
    private readonly context: Context,
    patienceMillis: number
  ) {
    this.lane = readingLane(context, patienceMillis, {
      // Callers answered together tend to ask again together; shared out, the server answers
      // some while this process reads the answers of the others.
      batchSize: ({ length }, free) =>
        length < WORTH_SHARING_OUT
          ? length
          : Math.min(Math.ceil(length / free), MOST_KEYS_A_STATEMENT),
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
        reject,
      }
      this.lane.push(call)
    })
  }

  private parse(json: string): unknown {
    const { near } = this.context
    return near ? near.parse(json) : JSON.parse(json)
  }

  private async run(batch: GetCall[]): Promise<void> {
    const { near } = this.context
    const fill = near?.begin()
    try {
      const waiting = byName(batch)
      const rows = await this.read([...waiting.keys()])
      let position: Position | undefined
      for (const [name, data, version, seconds, tags] of rows) {
        if (name === null) {
          const [at, era] = data!.split(" ") as [string, string]
          position = { at, era }
          continue
        }
        const calls = waiting.get(name!) ?? []
        for (const call of calls) {
          call.found = data!
        }
        if (fill && calls.length > 0 && !LIKE_A_MISS.has(data!)) {
          near!.keep(fill, JSON.parse(name!) as string, {
            version: version!,
            json: data!,
            tags: tags!,
            seconds: Number(seconds),
          })
        }
      }
      await this.noteMisses(batch, position)
      batch.forEach((call) => call.resolve())
    } catch (error) {
      batch.forEach((call) => call.reject(error as Error))
    } finally {
      if (fill) {
        near!.end(fill)
      }
    }
  }

  /** @param position as it came with the answer, if it did */
  private async noteMisses(
    batch: GetCall[],
    position: Position | undefined
  ): Promise<void> {
    const misses = batch.filter(({ found }) => LIKE_A_MISS.has(found))
    if (misses.length > 0) {
      const noted = position ?? (await currentPosition(this.context))
      misses.forEach(({ read }) => this.context.misses.missed(read, noted))
    }
  }

  private read(names: string[]): Promise<Row[]> {
    const { pool, statements, digests, namespace, near } = this.context
    const keys = names.map((name) => digests.key(name))
    if (keys.length === 1) {
      const { getByKey, getByKeyWithVersion } = statements
      const statement = near ? getByKeyWithVersion : getByKey
      return pool.read(statement, [namespace, keys[0]!])
    }
    const { getByKeys, getByKeysWithVersions } = statements
    const statement = near ? getByKeysWithVersions : getByKeys
    return pool.read(statement, [namespace, uuidArray(keys)])
  }
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
