import { BackgroundWork } from "./background-work"
import { inBatches } from "./pace"

/** How often the log says how far a large clear is. */
const REPORT_MS = 10_000
/** Batches in a row without a removal, after which the rest is left to the sweep. */
const MAX_IDLE_BATCHES = 20

/**
 * Removes, batch by batch, the entries that large clears have left. No read returns them any more, so no caller waits
 * for it. What a process leaves that dies meanwhile, the sweep of any process removes.
 */
export class LargeClears extends BackgroundWork {
  /** Starts, unless it is under way already. */
  start(): void {
    this.run(Infinity).catch((error: unknown) =>
      this.deps.readBreaker.failed(
        "removing cleared entries failed and is left to the sweep; they are not served",
        error
      )
    )
  }

  protected async remove(deadline: number): Promise<number> {
    const { pool, statements, metrics, log } = this.deps
    let total = 0
    let idleBatches = 0
    let reportAt = performance.now() + REPORT_MS
    await inBatches(deadline, async (rows) => {
      const [row] = await pool.maintain(statements.removeInvalidated, [rows])
      const removed = Number(row![0])
      total += removed
      metrics.removed(removed, "cleared")
      idleBatches = removed > 0 ? 0 : idleBatches + 1
      const now = performance.now()
      if (now >= reportAt) {
        reportAt = now + REPORT_MS
        log.info(
          `a large clear goes on: ${total} entries removed so far; what it concerns is not served`
        )
      }
      if (row![1] !== "t" || idleBatches > MAX_IDLE_BATCHES) {
        return "nothing"
      }
      return removed > 0 ? "more" : "locked rows"
    })
    return total
  }
}
