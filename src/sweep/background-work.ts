import type { CircuitBreaker } from "../faults"
import type { Log } from "../log"
import type { Storage } from "../storage"
import type { Metrics } from "../telemetry"

/** What works in the background needs of its provider. */
export interface MaintenanceDeps extends Storage {
  /** The advisory lock by which one process is elected. */
  readonly sweepLock: string
  readonly readBreaker: CircuitBreaker
  readonly metrics: Metrics
  readonly log: Log
}

/** Work of which one run is under way at a time. */
export abstract class BackgroundWork {
  private running?: Promise<number>

  constructor(protected readonly deps: MaintenanceDeps) {}

  /**
   * @param deadline by `performance.now()`; what is left then waits for the next run
   * @returns the number of entries removed
   */
  run(deadline: number): Promise<number> {
    this.running ??= this.remove(deadline).finally(
      () => (this.running = undefined)
    )
    return this.running
  }

  /** Resolves when no run is under way. */
  async idle(): Promise<void> {
    // The caller that started it handles its failure.
    await this.running?.catch(() => {})
  }

  protected abstract remove(deadline: number): Promise<number>
}
