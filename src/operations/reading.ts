import { type Call, Lane, type LaneOptions } from "../gather"
import type { Context } from "./context"

/** Statements under way at once on a connection: the server answers one while another is read here. */
const STATEMENTS_A_READER = 2
/** Reads beyond count as misses: the shop's own tables answer them sooner than the end of such a queue. */
const MOST_WAITING_READS = 20_000

/** @param patienceMillis how long a call may wait for its turn */
export function readingLane<C extends Call>(
  { pool }: Context,
  patienceMillis: number,
  work: Pick<LaneOptions<C>, "batchSize" | "run">
): Lane<C> {
  return new Lane({
    width: pool.readerCount * STATEMENTS_A_READER,
    capacity: MOST_WAITING_READS,
    patienceMillis,
    ...work,
  })
}
