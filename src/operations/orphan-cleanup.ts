import { setTimeout as sleep } from "node:timers/promises"
import { int8Array } from "../connection"
import type { Context } from "./context"

/** Ids that one statement tidies up after: with 100 tags each some 20 ms of work. */
const IDS_A_STATEMENT = 100
/** Beyond this many waiting ids the rest is left to the sweep, which finds them by itself. */
const MOST_WAITING_IDS = 200_000
/** Nobody waits for it, so it lets some work gather instead of competing with every single set. */
const GATHERING_MS = 20

/**
 * Removes the tags and options of entries that were replaced or cleared, behind the callers' backs:
 * as the ids they refer to are gone, nothing finds them, and nobody need wait for their removal.
 */
export class OrphanCleanup {
  private waiting: string[] = []
  private running?: Promise<void>

  constructor(private readonly context: Context) {}

  /** @param ids ids that no entry has any more */
  removeOrphans(ids: readonly string[]): void {
    if (ids.length === 0 || this.waiting.length > MOST_WAITING_IDS) {
      return
    }
    this.waiting = this.waiting.concat(ids)
    this.running ??= this.run().finally(() => (this.running = undefined))
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    await this.running
  }

  private async run(): Promise<void> {
    const { pool, statements } = this.context
    while (this.waiting.length > 0) {
      if (this.waiting.length < IDS_A_STATEMENT) {
        await sleep(GATHERING_MS)
      }
      const ids = this.waiting.splice(0, IDS_A_STATEMENT)
      try {
        await pool.maintain(statements.removeOrphans, [int8Array(ids)])
      } catch (error) {
        await this.context.failed(
          "tidying up failed and is left to the sweep",
          error
        )
      }
    }
  }
}
