import { type Row, uuidArray } from "../connection"
import type { CircuitBreaker } from "../faults"
import type { Log } from "../log"
import { MOST_TAGGED_BYTES, MOST_TAGGED_ENTRIES } from "../sql"
import type { BatchQueue, Call } from "./batch-queue"
import type { PendingClears } from "./pending-clears"
import { readQueue } from "./read-queue"
import type { Storage } from "../storage"

export interface Tagged {
  /** The key's canonical name. */
  readonly name: string
  readonly value: unknown
  /** Seconds since 1970, known only on one of several servers. */
  readonly setAt: number
}

interface GetCall extends Call {
  readonly tags: readonly string[]
  /** A row for each entry, once it is there; null where that would be too much. */
  found: Row[] | null
}

interface Dependencies {
  readonly storage: Storage
  readonly reads: CircuitBreaker
  readonly pending: PendingClears
  readonly log: Log
}

/** Reads entries by tags, each call with a statement of its own: what they find may be large. */
export class GetByTags {
  private readonly queue: BatchQueue<GetCall>

  constructor(
    private readonly on: Dependencies,
    timeoutMillis: number
  ) {
    this.queue = readQueue(on.storage, timeoutMillis, {
      batchSize: () => 1,
      run: ([call]) => this.run(call!),
    })
  }

  /**
   * @returns each live entry that has any of the tags, once; `[]` for none; `null` where there are too many to be
   *   returned
   */
  async get(tags: readonly string[]): Promise<Tagged[] | null> {
    if (!this.on.reads.isClosed) {
      return null
    }
    const found = await new Promise<Row[] | null>((resolve, reject) => {
      const call: GetCall = {
        tags,
        found: [],
        resolve: () => resolve(call.found),
        reject,
      }
      this.queue.push(call)
    })
    return (
      found &&
      found.map(([json, name, , setAt]) => ({
        name: name!,
        value: JSON.parse(json!) as unknown,
        setAt: Number(setAt ?? 0),
      }))
    )
  }

  private async run(call: GetCall): Promise<void> {
    const { storage, pending, log } = this.on
    const { pool, statements, digests, namespace } = storage
    try {
      const rows = await pool.read(statements.getByTags, [
        namespace,
        uuidArray(call.tags.map((tag) => digests.tag(tag))),
      ])
      const isCleared = (name: string, tags: string) =>
        pending.size > 0 && pending.concern(name, JSON.parse(tags) as string[])
      if (rows.some(([data]) => data === null)) {
        call.found = null
        log.warn(
          "a get by tags found too much and counts as a miss",
          `more than ${MOST_TAGGED_ENTRIES} entries or ${MOST_TAGGED_BYTES} bytes`
        )
      } else {
        call.found = rows.filter(([, name, tags]) => !isCleared(name!, tags!))
      }
      call.resolve()
    } catch (error) {
      call.reject(error as Error)
    }
  }
}
