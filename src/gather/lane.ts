/** An operation that waits for its turn. */
export interface Call {
  resolve(): void
  reject(error: Error): void
}

export interface LaneOptions<C extends Call> {
  /** How many batches may be under way at once; 1 keeps every call in its order. */
  readonly width: number
  /**
   * How many calls from the head of the queue go into one batch; at least 1.
   *
   * @param free how many batches can leave now
   */
  batchSize(queue: readonly C[], free: number): number
  /** Carries a batch out and settles each of its calls; must not throw. */
  run(batch: C[]): Promise<void>
}

/**
 * Gathers the calls that are waiting at the same time into one batch, as a group commit does: while
 * one batch is under way the next gathers, so a round trip to the database serves many callers. No
 * timer delays a call: where a place is free it leaves as soon as the code that made it yields.
 */
export class Lane<C extends Call> {
  private queue: C[] = []
  private underWay = 0
  private departing = false

  constructor(private readonly options: LaneOptions<C>) {}

  push(call: C): void {
    this.queue.push(call)
    this.departSoon()
  }

  private departSoon(): void {
    if (this.departing || this.underWay >= this.options.width) {
      return
    }
    this.departing = true
    // After the running code, so that calls made in one go (`Promise.all`) leave together.
    queueMicrotask(() => {
      this.departing = false
      this.depart()
    })
  }

  private depart(): void {
    while (this.queue.length > 0 && this.underWay < this.options.width) {
      const free = this.options.width - this.underWay
      const size = this.options.batchSize(this.queue, free)
      const batch = this.queue.splice(0, size)
      this.underWay++
      void this.options.run(batch).finally(() => {
        this.underWay--
        this.departSoon()
      })
    }
  }
}
