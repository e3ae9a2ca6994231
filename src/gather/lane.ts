/** An operation that waits for its turn. */
export interface Call {
  resolve(): void
  reject(error: Error): void
}

/** There is no room for a call, or it has waited too long. */
export class QueueError extends Error {
  override readonly name = "QueueError"
}

export interface LaneOptions<C extends Call> {
  /** How many batches may be under way at once; 1 keeps every call in its order. */
  readonly width: number
  /** How many calls may wait; a further one is rejected at once. */
  readonly capacity: number
  /** Milliseconds that a call waits before it is rejected; by default as long as it takes. */
  readonly patienceMillis?: number
  /**
   * How many calls from the head of the queue go into one batch; at least 1.
   *
   * @param free how many batches can leave now
   */
  batchSize(queue: readonly C[], free: number): number
  /** Carries a batch out and settles each of its calls; must not throw. */
  run(batch: C[]): Promise<void>
}

interface Waiting<C> {
  readonly calls: C[]
  /** When each was made. */
  readonly since: number[]
}

/**
 * Gathers the calls that are waiting at the same time into one batch, as a group commit does: while
 * one batch is under way the next gathers, so a round trip to the database serves many callers. No
 * timer delays a call: where a place is free it leaves as soon as the code that made it yields.
 */
export class Lane<C extends Call> {
  private readonly waiting: Waiting<C> = { calls: [], since: [] }
  private underWay = 0
  private departing = false
  private patience?: NodeJS.Timeout

  constructor(private readonly options: LaneOptions<C>) {}

  push(call: C): void {
    const { calls, since } = this.waiting
    if (calls.length >= this.options.capacity) {
      call.reject(new QueueError(`${calls.length} calls are waiting already`))
      return
    }
    calls.push(call)
    since.push(performance.now())
    this.departSoon()
  }

  private departSoon(): void {
    if (this.departing || this.underWay >= this.options.width) {
      this.watch()
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
    const { calls } = this.waiting
    while (calls.length > 0 && this.underWay < this.options.width) {
      const free = this.options.width - this.underWay
      const batch = this.shift(this.options.batchSize(calls, free))
      this.underWay++
      void this.options.run(batch).finally(() => {
        this.underWay--
        this.departSoon()
      })
    }
    if (calls.length > 0) {
      this.watch()
    }
  }

  private shift(count: number): C[] {
    this.waiting.since.splice(0, count)
    return this.waiting.calls.splice(0, count)
  }

  /** One timer for all that wait: the head has waited longest. */
  private watch(): void {
    const { patienceMillis } = this.options
    const [oldest] = this.waiting.since
    if (patienceMillis === undefined || this.patience || oldest === undefined) {
      return
    }
    const left = oldest + patienceMillis - performance.now()
    this.patience = setTimeout(
      () => {
        this.patience = undefined
        this.rejectLate(patienceMillis)
        this.watch()
      },
      Math.max(1, Math.ceil(left))
    ).unref()
  }

  private rejectLate(patienceMillis: number): void {
    const latest = performance.now() - patienceMillis
    const on = this.waiting.since.findIndex((since) => since > latest)
    const late = this.shift(on < 0 ? this.waiting.calls.length : on)
    const error = new QueueError(`waited ${patienceMillis} ms for its turn`)
    late.forEach((call) => call.reject(error))
  }
}
