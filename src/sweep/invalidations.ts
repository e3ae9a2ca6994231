import { setTimeout as sleep } from "node:timers/promises"
import { LONGEST_FILL_MS } from "../stale-fill"
import type { Context } from "../operations/context"
import type { Run } from "./expired"

/** Three times as long as a fill may take: a process and the server do not count quite alike. */
const KEPT_SECONDS = (LONGEST_FILL_MS / 1000) * 3
/** Some milliseconds of work. */
const RECORDS_A_BATCH = 5_000

/** Removes records of clears that no fill can be older than. */
export async function removeInvalidations(
  { pool, statements }: Context,
  { deadline, keepsAlive }: Run
): Promise<void> {
  for (;;) {
    const begun = performance.now()
    const [row] = await pool.maintain(statements.sweepInvalidations, [
      KEPT_SECONDS,
      RECORDS_A_BATCH,
    ])
    const rest = performance.now() - begun
    if (row![0] === "0" || performance.now() + rest > deadline) {
      return
    }
    await sleep(rest, undefined, { ref: keepsAlive })
  }
}
