import type { Storage } from "../storage"
import { BatchQueue, type Call } from "./batch-queue"

/** Statements under way at once on a connection: the server answers one while this process reads another. */
const STATEMENTS_A_READER = 2
/** Reads beyond count as misses: the shop's own tables answer them sooner than the end of such a queue. */
const MOST_WAITING_READS = 20_000
/** Fewer calls than this are not worth a second statement. */
const WORTH_SHARING_OUT = 8

export interface ReadCall extends Call {
  /** Whether what it finds is too large to be read together with others. */
  isLarge?: boolean
  /** Whether its caller waits no longer. */
  isOver?: boolean
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
    concurrency: pool.readers.length * STATEMENTS_A_READER,
    capacity: MOST_WAITING_READS,
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
