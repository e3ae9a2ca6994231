import { type Call, BatchQueue, type BatchQueueOptions } from "../batching"
import type { Context } from "./context"

/** Statements under way at once on a connection: the server answers one while another is read here. */
const STATEMENTS_A_READER = 2
/** Reads beyond count as misses: the shop's own tables answer them sooner than the end of such a queue. */
const MOST_WAITING_READS = 20_000

/** @param timeoutMillis how long a call may wait for its turn */
export function readQueue<C extends Call>(
  { pool }: Context,
  timeoutMillis: number,
  work: Pick<BatchQueueOptions<C>, "batchSize" | "run">
): BatchQueue<C> {
  return new BatchQueue({
    concurrency: pool.readerCount * STATEMENTS_A_READER,
    capacity: MOST_WAITING_READS,
    timeoutMillis,
    ...work,
  })
}
