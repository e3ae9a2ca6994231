import { APPLICATION_NAME } from "./client"
import type { Session } from "./session"
import { inTime } from "./waiting"

/** How long the server waits for the backend's end. */
const TERMINATION_MS = 1_000
const ANSWER_MS = 2 * TERMINATION_MS

/** A backend whose start is not known must at least have the name of the cache's connections. */
const TERMINATE = `select pg_terminate_backend(pid, $3) as ended from pg_stat_activity
  where pid = $1 and pid <> pg_backend_pid()
    and (backend_start::text = $2 or ($2 is null and application_name = $4))`

/**
 * Keeps writes in order across connections. When one breaks, or is given up, its last statement may still wait for a
 * lock, or be in the server's hands; carried out later, it would bring an old value back after a clear that was sent
 * over the next connection. So the next one first terminates the backend of the last one.
 */
export class Fence {
  /** When backends began, if that is known, by process number. */
  private readonly unsettled = new Map<number, string | undefined>()

  /** What became of the last statements of this connection is not known. */
  lost({ lastBackend }: Session): void {
    if (lastBackend && !this.unsettled.has(lastBackend.pid)) {
      this.unsettled.set(lastBackend.pid, lastBackend.begun)
    }
  }

  /**
   * Terminates the backends of lost connections; sends nothing where there are none.
   *
   * @throws when one cannot be terminated
   */
  async terminateLost({ client }: Session): Promise<void> {
    for (const [pid, begun = null] of [...this.unsettled]) {
      const values = [pid, begun, TERMINATION_MS, APPLICATION_NAME]
      const answer = client.query<{ ended: boolean }>(TERMINATE, values)
      const { rows } = await inTime(ANSWER_MS, answer)
      if (rows[0]?.ended === false) {
        throw new Error(
          `the server's process ${pid} of an earlier connection does not end`
        )
      }
      this.unsettled.delete(pid)
    }
  }
}
