/** An operation that waits for its turn. */
export interface Call {
  resolve(): void
  reject(error: Error): void
  /** When it was made, by `performance.now()`; the queue's own note. */
  since?: number
}

/** There is no room for a call. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError"
}

/** A call has waited too long. */
export class QueueTimeoutError extends Error {
  override readonly name = "QueueTimeoutError"
}

export interface BatchQueueOptions<C extends Call> {
  /** How many batches may be under way at once; 1 keeps every call in its order. */
  readonly concurrency: number
  /** How many calls may wait; a further one is rejected at once. */
  readonly capacity: number
  /** Milliseconds after which a call is rejected, whether it has left or not; by default never. */
  readonly timeoutMillis?: number
  /** Whether a call that was rejected so before it left is still to be carried out. */
  readonly runsAfterTimeout?: boolean
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
export class BatchQueue<C extends Call> {
  private queue: C[] = []
  /** Batches that have left, oldest first. */
  private underWay: C[][] = []
  private departing = false
  private timer?: NodeJS.Timeout
  /** One for all: where there are too many, making errors would take longer than the calls. */
  private readonly full: QueueFullError

  constructor(private readonly options: BatchQueueOptions<C>) {
    this.full = new QueueFullError(
      `${options.capacity} calls are waiting already`
    )
  }

  push(call: C): void {
    const { capacity, timeoutMillis } = this.options
    if (this.queue.length >= capacity) {
      call.reject(this.full)
      return
    }
    // One that comes back keeps its time.
    call.since ??= performance.now()
    this.queue.push(call)
    if (timeoutMillis !== undefined) {
      this.timer ??= this.watch(timeoutMillis)
    }
    this.departSoon()
  }

  private departSoon(): void {
    if (this.departing || this.underWay.length >= this.options.concurrency) {
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
    while (
      this.queue.length > 0 &&
      this.underWay.length < this.options.concurrency
    ) {
      const free = this.options.concurrency - this.underWay.length
      const size = this.options.batchSize(this.queue, free)
      const batch = this.queue.splice(0, size)
      this.underWay.push(batch)
      void this.options.run(batch).finally(() => {
        this.underWay = this.underWay.filter((other) => other !== batch)
        this.departSoon()
      })
    }
  }

  /** One timer for all: it comes back for the oldest that is left. */
  private watch(millis: number): NodeJS.Timeout {
    const check = () => {
      this.timer = undefined
      const oldest = this.rejectLate()
      if (oldest !== undefined) {
        const left = oldest + this.options.timeoutMillis! - performance.now()
        this.timer = this.watch(Math.max(1, Math.ceil(left)))
      }
    }
    // Where this process itself was held up, answers may lie ready: they come first.
    return setTimeout(() => setImmediate(check), millis).unref()
  }

  /** @returns since when the oldest of the others waits */
  private rejectLate(): number | undefined {
    const { timeoutMillis, runsAfterTimeout } = this.options
    const latest = performance.now() - timeoutMillis!
    const waiting = [...this.underWay.flat(), ...this.queue]
    const error = new QueueTimeoutError(`no answer within ${timeoutMillis} ms`)
    for (const call of waiting) {
      if (call.since! <= latest) {
        call.reject(error)
      }
    }
    if (!runsAfterTimeout) {
      this.queue = this.queue.filter((call) => call.since! > latest)
    }
    return waiting.find((call) => call.since! > latest)?.since
  }
}
