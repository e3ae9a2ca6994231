import { setTimeout as sleep } from "node:timers/promises"
import type { Context } from "../operations/context"
import { Pace } from "./pace"

export interface Removal {
  readonly entries: number
  /** Whether this process was the one that may sweep. */
  readonly elected: boolean
}

export interface Run {
  /** By `performance.now()`; what is left then waits for the next run. */
  readonly deadline: number
  /** Whether the process is to live on for it. */
  readonly keepsAlive: boolean
}

/** Removes expired entries with all their rows, batch by batch. */
export async function removeExpired(
  { pool, statements }: Context,
  lock: string,
  { deadline, keepsAlive }: Run
): Promise<Removal> {
  const pace = new Pace()
  let total = 0
  for (;;) {
    const begun = performance.now()
    const asked = pace.rows
    const [row] = await pool.maintain(statements.sweepExpired, [lock, asked])
    const entries = Number(row![0])
    const elected = row![1] === "t"
    total += entries
    const rest = pace.after(performance.now() - begun)
    if (!elected || entries < asked || performance.now() + rest > deadline) {
      return { entries: total, elected: elected || total > 0 }
    }
    await sleep(rest, undefined, { ref: keepsAlive })
  }
}
