import { uuidArray } from "../connection"
import type { Call, BatchQueue } from "../batching"
import { MOST_TAGGED_BYTES, MOST_TAGGED_ENTRIES } from "../sql"
import type { Context } from "./context"
import { readQueue } from "./reading"

interface GetCall extends Call {
  readonly tags: readonly string[]
  /** The data of each entry as JSON, once it is there; null where that would be too much. */
  found: string[] | null
}

/** Reads entries by tags, each call with a statement of its own: what they find may be large. */
export class GetByTags {
  private readonly queue: BatchQueue<GetCall>

  /** @param timeoutMillis how long a call may wait for its turn */
  constructor(
    private readonly context: Context,
    timeoutMillis: number
  ) {
    this.queue = readQueue(context, timeoutMillis, {
      batchSize: () => 1,
      run: ([call]) => this.run(call!),
    })
  }

  /**
   * @returns the value of each live entry that has any of the tags, each once; none gives `[]`; `null` where there are
   *   too many to be returned
   */
  async get(tags: readonly string[]): Promise<unknown[] | null> {
    const found = await new Promise<string[] | null>((resolve, reject) => {
      const call: GetCall = {
        tags,
        found: [],
        resolve: () => resolve(call.found),
        reject,
      }
      this.queue.push(call)
    })
    return found && found.map((json) => JSON.parse(json) as unknown)
  }

  private async run(call: GetCall): Promise<void> {
    const { pool, statements, digests, namespace, pending, log } = this.context
    try {
      const rows = await pool.read(statements.getByTags, [
        namespace,
        uuidArray(call.tags.map((tag) => digests.tag(tag))),
      ])
      if (rows.some(([data]) => data === null)) {
        call.found = null
        log.warn(
          "a get by tags found too much and counts as a miss",
          `more than ${MOST_TAGGED_ENTRIES} entries or ${MOST_TAGGED_BYTES} bytes`
        )
      } else {
        call.found = rows.flatMap(([data, name, tags]) =>
          pending.size > 0 &&
          pending.concern(name!, JSON.parse(tags!) as string[])
            ? []
            : [data!]
        )
      }
      call.resolve()
    } catch (error) {
      call.reject(error as Error)
    }
  }
}
