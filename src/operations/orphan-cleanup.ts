import { setTimeout as sleep } from "node:timers/promises"
import { int8Array } from "../connection"
import type { CircuitBreaker } from "../faults"
import type { Storage } from "./storage"

/** With 100 tags for each id some 20 ms of work. */
const IDS_A_STATEMENT = 100
/** Beyond this many waiting ids the rest is left to the sweep, which finds orphans by itself. */
const MOST_WAITING_IDS = 200_000
/** No caller waits for the cleanup, so it lets ids gather instead of following every single set. */
const GATHERING_MS = 20

/**
 * Removes orphans in the background: the tags and options of entries that were replaced or cleared. No read finds
 * them, so no caller needs to wait for their removal.
 */
export class OrphanCleanup {
  private waiting: string[] = []
  private running?: Promise<void>

  constructor(
    private readonly on: { storage: Storage; reads: CircuitBreaker }
  ) {}

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
    const { storage, reads } = this.on
    while (this.waiting.length > 0) {
      if (this.waiting.length < IDS_A_STATEMENT) {
        await sleep(GATHERING_MS)
      }
      const ids = this.waiting.splice(0, IDS_A_STATEMENT)
      try {
        await storage.pool.maintain(storage.statements.removeOrphans, [
          int8Array(ids),
        ])
      } catch (error) {
        await reads.failed(
          "removing orphans failed and is left to the sweep",
          error
        )
      }
    }
  }
}
