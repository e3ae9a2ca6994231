import { uuidArray } from "../connection"
import type { Call, Lane } from "../gather"
import type { Context } from "./context"
import { readingLane } from "./reading"

interface GetCall extends Call {
  readonly tags: readonly string[]
  /** The data of each entry as JSON, once it is there. */
  found: string[]
}

/** Reads entries by tags, each call with a statement of its own: what they find may be large. */
export class GetByTags {
  private readonly lane: Lane<GetCall>

  /** @param patienceMillis how long a call may wait for its turn */
  constructor(
    private readonly context: Context,
    patienceMillis: number
  ) {
    this.lane = readingLane(context, patienceMillis, {
      batchSize: () => 1,
      run: ([call]) => this.run(call!),
    })
  }

  /** @returns the value of each live entry that has any of the tags, each once; none gives `[]` */
  async get(tags: readonly string[]): Promise<unknown[]> {
    const found = await new Promise<string[]>((resolve, reject) => {
      const call: GetCall = {
        tags,
        found: [],
        resolve: () => resolve(call.found),
        reject,
      }
      this.lane.push(call)
    })
    return found.map((json) => JSON.parse(json) as unknown)
  }

  private async run(call: GetCall): Promise<void> {
    const { pool, statements, digests, namespace } = this.context
    try {
      const rows = await pool.read(statements.getByTags, [
        namespace,
        uuidArray(call.tags.map((tag) => digests.tag(tag))),
      ])
      call.found = rows.map(([data]) => data!)
      call.resolve()
    } catch (error) {
      call.reject(error as Error)
    }
  }
}
