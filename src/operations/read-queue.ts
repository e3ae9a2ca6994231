import type { Storage } from "../storage"
import { BatchQueue, type BatchQueueOptions, type Call } from "./batch-queue"

/** Statements under way at once on a connection: the server answers one while this process reads another. */
const STATEMENTS_A_READER = 2
/** Reads beyond count as misses: the shop's own tables answer them sooner than the end of such a queue. */
const MOST_WAITING_READS = 20_000

/** @param timeoutMillis after which a read is rejected, waiting or under way */
export function readQueue<C extends Call>(
  { pool }: Storage,
  timeoutMillis: number,
  work: Pick<BatchQueueOptions<C>, "batchSize" | "run">
): BatchQueue<C> {
  return new BatchQueue({
    concurrency: pool.readers.length * STATEMENTS_A_READER,
    capacity: MOST_WAITING_READS,
    timeoutMillis,
    ...work,
  })
}
