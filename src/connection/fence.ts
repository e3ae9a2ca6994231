import type { OpenClient } from "./connection"

/** A server process, told apart from a later one with the same number by when it began. */
interface Backend {
  readonly pid: number
  readonly begun: string
}

/** How long the server waits for the process to be gone. */
const PATIENCE_MS = 1_000
/** pg's own limit for a query, which ends the connection. */
const LIMITED = { query_timeout: 2 * PATIENCE_MS }

/**
 * Keeps writes in order across connections. When one breaks, or is given up, its last statement may
 * still be waiting for a lock, or in the server's hands; carried out later, it would bring an old value
 * back behind a clear that was sent over the next connection. So the next one first ends the server's
 * process of the last one.
 */
export class Fence {
  private readonly backends = new WeakMap<OpenClient, Backend>()
  private unsettled: Backend[] = []

  /** What became of the last statements of this connection is not known. */
  lost(client: OpenClient): void {
    const backend = this.backends.get(client)
    if (backend && !this.unsettled.includes(backend)) {
      this.unsettled.push(backend)
    }
  }

  /** @throws when an earlier connection's process cannot be ended */
  async raise(client: OpenClient): Promise<void> {
    for (const backend of [...this.unsettled]) {
      await end(client, backend)
      this.unsettled = this.unsettled.filter((other) => other !== backend)
    }
    const { rows } = await client.query<{ pid: number; begun: string }>({
      text: `select pid, backend_start::text as begun from pg_stat_activity where pid = pg_backend_pid()`,
      ...LIMITED,
    })
    // Behind a pooler the process belongs to whoever is served by it next.
    if (rows[0]?.pid === client.processID) {
      this.backends.set(client, rows[0])
    }
  }
}

async function end(client: OpenClient, backend: Backend): Promise<void> {
  const { rows } = await client.query<{ ended: boolean }>({
    text: `select pg_terminate_backend(pid, $3) as ended from pg_stat_activity
     where pid = $1 and backend_start::text = $2`,
    values: [backend.pid, backend.begun, PATIENCE_MS],
    ...LIMITED,
  })
  if (rows[0]?.ended === false) {
    throw new Error(
      `the server's process ${backend.pid} of an earlier connection does not end`
    )
  }
}
