import { TimeLimitError } from "../faults"
import { atMost } from "./at-most"
import { APPLICATION_NAME } from "./client-config"
import type { LastBackend, Session } from "./session"

/** How long the server waits for the process to be gone. */
const TERMINATION_MS = 1_000
/** How long its answer is waited for. */
const ANSWER_MS = 2 * TERMINATION_MS

/**
 * Keeps writes in order across connections. When one breaks, or is given up, its last statement may
 * still be waiting for a lock, or in the server's hands; carried out later, it would bring an old value
 * back after a clear that was sent over the next connection. So the next one first ends the server's
 * process of the last one.
 */
export class Fence {
  private unsettled: LastBackend[] = []

  /** What became of the last statements of this connection is not known. */
  lost({ lastBackend: lost }: Session): void {
    if (lost && !this.unsettled.some(({ pid }) => pid === lost.pid)) {
      this.unsettled.push(lost)
    }
  }

  /**
   * Sends nothing, and so takes no time, where nothing is unsettled.
   *
   * @throws when an earlier connection's process cannot be ended
   */
  async raise(session: Session): Promise<void> {
    for (const backend of [...this.unsettled]) {
      const ended = end(session, backend)
      if (!(await atMost(ANSWER_MS, ended))) {
        throw new TimeLimitError(ANSWER_MS)
      }
      this.unsettled = this.unsettled.filter((other) => other !== backend)
    }
  }
}

/** One whose beginning is not known is told from strangers by the name of the cache's connections. */
async function end(
  { client }: Session,
  { pid, begun }: LastBackend
): Promise<void> {
  const { rows } = await client.query<{ ended: boolean }>({
    text: `select pg_terminate_backend(pid, $3) as ended from pg_stat_activity
     where pid = $1 and pid <> pg_backend_pid()
       and (backend_start::text = $2 or ($2 is null and application_name = $4))`,
    values: [pid, begun ?? null, TERMINATION_MS, APPLICATION_NAME],
  })
  if (rows[0]?.ended === false) {
    throw new Error(
      `the server's process ${pid} of an earlier connection does not end`
    )
  }
}
