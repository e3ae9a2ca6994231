import { type Row, uuidArray } from "../connection"
import type { CircuitBreaker } from "../faults"
import type { Log } from "../log"
import { MAX_TAGGED_BYTES, MAX_TAGGED_ENTRIES } from "../sql"
import type { Storage } from "../storage"
import { type BatchQueue, type ReadCall, readQueue } from "./batch-queue"
import type { PendingClears, Watch } from "./pending-clears"

/** More would seldom wait, and what they find may be much. */
const MAX_CALLS_PER_STATEMENT = 16

export interface Tagged {
  /** The key's canonical name. */
  readonly name: string
  readonly value: unknown
  /** Seconds since 1970, known only on one of several servers. */
  readonly setAt: number
}

interface GetCall extends ReadCall {
  readonly tags: readonly string[]
  /** A row for each entry, once it is there; null where that would be too much. */
  found: Row[] | null
}

interface Dependencies {
  readonly storage: Storage
  readonly readBreaker: CircuitBreaker
  readonly pending: PendingClears
  readonly log: Log
}

/** Reads entries by tags; reads that are made at the same time share a statement, unless they find too much for that. */
export class GetByTags {
  private readonly queue: BatchQueue<GetCall>

  constructor(
    private readonly deps: Dependencies,
    timeoutMillis: number
  ) {
    this.queue = readQueue(
      deps.storage,
      timeoutMillis,
      MAX_CALLS_PER_STATEMENT,
      (batch: GetCall[]) => this.run(batch)
    )
  }

  /**
   * @returns each live entry that has any of the tags, once; `[]` for none; `null` where there are too many to be
   *   returned
   */
  async get(tags: readonly string[]): Promise<Tagged[] | null> {
    if (!this.deps.readBreaker.isClosed) {
      return null
    }
    const found = await new Promise<Row[] | null>((resolve, reject) => {
      const call: GetCall = {
        tags,
        found: [],
        resolve: () => resolve(call.found),
        reject: (error) => {
          call.isAbandoned = true
          reject(error)
        },
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

  private async run(batch: GetCall[]): Promise<void> {
    const { pool, statements, digests, namespace } = this.deps.storage
    const pendingClears = this.deps.pending.watch()
    try {
      const tags = new Set(batch.flatMap((call) => call.tags))
      const rows = await pool.read(statements.getByTags, [
        namespace,
        uuidArray([...tags].map((tag) => digests.tag(tag))),
      ])
      if (rows.every(([data]) => data !== null)) {
        this.share(rows, batch, pendingClears)
      } else if (batch.length > 1) {
        // Alone, each call finds what it may have, or that it is too much.
        for (const call of batch.filter(({ isAbandoned }) => !isAbandoned)) {
          call.isLarge = true
          this.queue.push(call)
        }
        return
      } else {
        batch[0]!.found = null
        this.deps.log.warn(
          "a get by tags found too much and counts as a miss",
          `more than ${MAX_TAGGED_ENTRIES} entries or ${MAX_TAGGED_BYTES} bytes`
        )
      }
      batch.forEach((call) => call.resolve())
    } catch (error) {
      batch.forEach((call) => call.reject(error as Error))
    }
  }

  /**
   * Hands each entry to the calls that have asked for one of its tags, and once to each.
   *
   * @param pendingClears the clears that have waited since the read began
   */
  private share(
    rows: readonly Row[],
    batch: readonly GetCall[],
    pendingClears: Watch
  ): void {
    const asking = new Map<string, GetCall[]>()
    for (const call of batch) {
      for (const tag of call.tags) {
        asking.set(tag, [...(asking.get(tag) ?? []), call])
      }
    }
    const askingFor = (json: string) => {
      const tags = JSON.parse(json) as string[]
      return new Set(tags.flatMap((tag) => asking.get(tag) ?? []))
    }
    for (const row of rows) {
      const [, name, tags] = row
      if (!pendingClears.concerns(name!, tags)) {
        const calls = batch.length === 1 ? batch : askingFor(tags!)
        calls.forEach((call) => call.found!.push(row))
      }
    }
  }
}
