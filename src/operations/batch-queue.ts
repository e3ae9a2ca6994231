import { TimeLimitError } from "../faults"
import type { Storage } from "../storage"

/** Statements under way at once on a connection: the server answers one while this process reads another. */
const STATEMENTS_PER_READER = 2
/** Further reads are misses: the shop's own tables answer them sooner than the end of such a queue. */
const MAX_WAITING_READS = 20_000
/** Fewer calls than this are not worth a second statement. */
const WORTH_SHARING_OUT = 8

/** A call that waits for its turn. */
export interface Call {
  resolve(): void
  reject(error: Error): void
  /** When it was made, by `performance.now()`. The queue notes it. */
  since?: number
  /** Whether it is taken even if the queue is full, and still runs if its time runs out while it waits. */
  readonly mustRun?: boolean
}

/** There is no room for a call. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError"
}

/** A call has waited too long, in the queue or for its answer. */
export class QueueTimeoutError extends TimeLimitError {
  override readonly name = "QueueTimeoutError"
}

export interface BatchQueueOptions<C extends Call> {
  /** How many batches may be under way at once; 1 keeps every call in its order. */
  readonly concurrency: number
  /** How many calls may wait; a further one is rejected at once, unless it must run. */
  readonly capacity: number
  /** Milliseconds after which a call is rejected, waiting or under way; by default never. */
  readonly timeoutMillis?: number
  /** How many calls from the head of the queue go into one batch, at least 1, where `free` batches can start now. */
  batchSize(queue: readonly C[], free: number): number
  /** Runs a batch and settles each of its calls; must not throw. */
  run(batch: C[]): Promise<void>
}

/**
 * Joins calls that wait at the same time into one batch, as a group commit does: while one batch is under way, the
 * next fills, so a round trip to the database serves many callers. No timer delays a call: where a batch may start,
 * it starts as soon as the code that made the call yields.
 */
export class BatchQueue<C extends Call> {
  private queue: C[] = []
  /** Oldest first. */
  private underWay: C[][] = []
  private isStarting = false
  private whenIdle: (() => void)[] = []
  private timer?: NodeJS.Timeout
  /** One error for all: under overload, making an error for each would take longer than the calls. */
  private readonly full: QueueFullError

  constructor(private readonly options: BatchQueueOptions<C>) {
    this.full = new QueueFullError(
      `${options.capacity} calls are waiting already`
    )
  }

  push(call: C): void {
    const { capacity, timeoutMillis } = this.options
    if (this.queue.length >= capacity && !call.mustRun) {
      call.reject(this.full)
      return
    }
    // A call that is pushed again keeps its time.
    call.since ??= performance.now()
    this.queue.push(call)
    if (timeoutMillis !== undefined) {
      this.timer ??= this.watch(timeoutMillis)
    }
    this.startSoon()
  }

  /** Resolves when no call waits or is under way. */
  idle(): Promise<void> {
    return this.isIdle
      ? Promise.resolve()
      : new Promise((resolve) => this.whenIdle.push(resolve))
  }

  private get isIdle(): boolean {
    return this.queue.length === 0 && this.underWay.length === 0
  }

  private startSoon(): void {
    if (this.isStarting || this.underWay.length >= this.options.concurrency) {
      return
    }
    this.isStarting = true
    // After the running code, so that calls made together (`Promise.all`) share a batch.
    queueMicrotask(() => {
      this.isStarting = false
      this.start()
    })
  }

  private start(): void {
    const { concurrency } = this.options
    while (this.queue.length > 0 && this.underWay.length < concurrency) {
      const free = concurrency - this.underWay.length
      const size = this.options.batchSize(this.queue, free)
      const batch = this.queue.splice(0, size)
      this.underWay.push(batch)
      void this.options.run(batch).finally(() => {
        this.underWay = this.underWay.filter((other) => other !== batch)
        this.startSoon()
        if (this.isIdle) {
          this.whenIdle.forEach((resolve) => resolve())
          this.whenIdle = []
        }
      })
    }
  }

  /** One timer for all calls: it is set for the oldest. */
  private watch(timeoutMillis: number, millis = timeoutMillis): NodeJS.Timeout {
    // After a pause of this process answers may be ready to be read: they come first.
    const check = () => setImmediate(() => this.rejectOverdue(timeoutMillis))
    return setTimeout(check, millis).unref()
  }

  private rejectOverdue(timeoutMillis: number): void {
    const latest = performance.now() - timeoutMillis
    const isOverdue = (call: C) => call.since! <= latest
    const calls = [...this.underWay.flat(), ...this.queue]
    const error = new QueueTimeoutError(timeoutMillis)
    calls.filter(isOverdue).forEach((call) => call.reject(error))
    this.queue = this.queue.filter((call) => call.mustRun || !isOverdue(call))
    const oldest = calls.find((call) => !isOverdue(call))
    this.timer = undefined
    if (oldest) {
      const left = Math.ceil(oldest.since! - latest)
      this.timer = this.watch(timeoutMillis, Math.max(1, left))
    }
  }
}

/**
 * How many calls from the head of the queue fit within a bound. The first always fits: a single large call must run,
 * too.
 *
 * @param weigh the weight of a call, or `undefined` for one that cannot go with those before it
 */
export function countWithin<C>(
  queue: readonly C[],
  limits: { calls: number; weight: number },
  weigh: (call: C) => number | undefined
): number {
  let weight = 0
  let count = 0
  for (const call of queue) {
    const own = weigh(call)
    weight += own ?? 0
    const isFull = count >= limits.calls || weight > limits.weight
    if (count > 0 && (isFull || own === undefined)) {
      break
    }
    count++
  }
  return count
}

export interface ReadCall extends Call {
  /** Whether what it finds is too large to be read together with others. */
  isLarge?: boolean
  /** Whether its caller has timed out. */
  isAbandoned?: boolean
}

/**
 * @param timeoutMillis after which a read is rejected, waiting or under way
 * @param mostCalls that one statement answers, so that its answer stays of a size to handle
 */
export function readQueue<C extends ReadCall>(
  { pool }: Storage,
  timeoutMillis: number,
  mostCalls: number,
  run: (batch: C[]) => Promise<void>
): BatchQueue<C> {
  return new BatchQueue({
    concurrency: pool.readers.length * STATEMENTS_PER_READER,
    capacity: MAX_WAITING_READS,
    timeoutMillis,
    batchSize: (queue, free) => Math.min(countTogether(queue, free), mostCalls),
    run,
  })
}

/**
 * How many calls share a statement. Callers answered together tend to ask again together; shared out, the server
 * answers some while this process reads the answers of the others. What is large is read alone.
 *
 * @param free how many statements can be sent now
 */
function countTogether(queue: readonly ReadCall[], free: number): number {
  const large = queue.findIndex(({ isLarge }) => isLarge)
  const together = large === -1 ? queue.length : Math.max(1, large)
  return together < WORTH_SHARING_OUT ? together : Math.ceil(together / free)
}
