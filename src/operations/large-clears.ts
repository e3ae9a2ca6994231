import { setTimeout as sleep } from "node:timers/promises"
import type { CircuitBreaker } from "../faults"
import type { Log } from "../log"
import { Pace } from "../sweep/pace"
import type { Metrics } from "../telemetry"
import type { Storage } from "./storage"

/** How often the log says how far a large clear is. */
const REPORT_MS = 10_000
/** A pause for rows that other transactions have locked. */
const LOCKED_MS = 200
/** Batches in a row without a removal, after which the rest is left to the sweep. */
const MOST_IDLE_BATCHES = 20

interface Dependencies {
  readonly storage: Storage
  readonly reads: CircuitBreaker
  readonly metrics: Metrics
  readonly log: Log
}

/**
 * Removes, batch by batch, the entries that large clears have left. No read returns them any more, so no caller waits
 * for it. What a process leaves that dies meanwhile, the sweep of any process removes.
 */
export class LargeClears {
  private running?: Promise<number>

  constructor(private readonly on: Dependencies) {}

  /** Starts, unless it is under way already. */
  start(): void {
    this.run(Infinity).catch((error: unknown) =>
      this.on.reads.failed(
        "removing cleared entries failed and is left to the sweep; they are not served",
        error
      )
    )
  }

  /** Resolves when no removal is under way. */
  async idle(): Promise<void> {
    // The caller that started it deals with its failure.
    await this.running?.catch(() => {})
  }

  /**
   * @param deadline by `performance.now()`; what is left then waits for the next run
   * @returns the number of entries removed
   */
  run(deadline: number): Promise<number> {
    this.running ??= this.removeAll(deadline).finally(
      () => (this.running = undefined)
    )
    return this.running
  }

  private async removeAll(deadline: number): Promise<number> {
    const { storage, metrics, log } = this.on
    const { pool, statements } = storage
    const pace = new Pace()
    let total = 0
    let idleBatches = 0
    let reportAt = performance.now() + REPORT_MS
    for (;;) {
      const begun = performance.now()
      const [row] = await pool.maintain(statements.removeInvalidated, [
        pace.rows,
      ])
      const removed = Number(row![0])
      total += removed
      metrics.removed(removed, "cleared")
      idleBatches = removed > 0 ? 0 : idleBatches + 1
      const now = performance.now()
      const rest = removed > 0 ? pace.after(now - begun) : LOCKED_MS
      const isOver = row![1] !== "t"
      if (now >= reportAt || (isOver && reportAt < begun)) {
        reportAt = now + REPORT_MS
        log.info(
          `a large clear goes on: ${total} entries removed so far; what it concerns is not served`
        )
      }
      if (isOver || idleBatches > MOST_IDLE_BATCHES || now + rest > deadline) {
        return total
      }
      await sleep(rest, undefined, { ref: false })
    }
  }
}
