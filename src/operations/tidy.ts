import { int8Array } from "../connection"
import { type Call, countWithin, Lane } from "../gather"
import type { Context } from "./context"

/** Ids that one statement tidies up after: with 100 tags each some 20 ms of work. */
const IDS_A_STATEMENT = 100
/** Beyond this many waiting ids the rest is left to the sweep, which finds them by itself. */
const MOST_WAITING_IDS = 200_000

interface TidyCall extends Call {
  readonly ids: readonly string[]
}

/**
 * Removes the tags and options of entries that were replaced or cleared, behind the callers' backs:
 * as the ids they refer to are gone, nothing finds them, and nobody need wait for their removal.
 */
export class Tidier {
  private readonly lane: Lane<TidyCall>
  private waiting = 0

  constructor(
    private readonly context: Context,
    private readonly warn: (what: string, error: unknown) => void
  ) {
    this.lane = new Lane({
      width: 1,
      batchSize: (queue) =>
        countWithin(
          queue,
          { calls: IDS_A_STATEMENT, weight: IDS_A_STATEMENT },
          (call) => call.ids.length
        ),
      run: (batch) => this.run(batch),
    })
  }

  /** @param ids ids that no entry has any more */
  tidyUpAfter(ids: readonly string[]): void {
    for (let start = 0; start < ids.length; start += IDS_A_STATEMENT) {
      if (this.waiting > MOST_WAITING_IDS) {
        return
      }
      const some = ids.slice(start, start + IDS_A_STATEMENT)
      this.waiting += some.length
      this.lane.push({
        ids: some,
        resolve: () => (this.waiting -= some.length),
        reject: () => (this.waiting -= some.length),
      })
    }
  }

  /** Resolves when nothing is left to do. */
  idle(): Promise<void> {
    return this.lane.idle()
  }

  private async run(batch: TidyCall[]): Promise<void> {
    const { pool, statements } = this.context
    try {
      await pool.maintain(statements.tidy, [
        int8Array(batch.flatMap((call) => call.ids)),
      ])
      batch.forEach((call) => call.resolve())
    } catch (error) {
      this.warn("tidying up failed and is left to the sweep", error)
      batch.forEach((call) => call.reject(error as Error))
    }
  }
}
