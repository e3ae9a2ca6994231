import type { Client } from "@medusajs/framework/pg"
import {
  atMost,
  clientConfig,
  createClient,
  withSettings,
} from "../../../connection"
import type { ResolvedOptions } from "../../../options"
import type { Check } from "../check"
import { ok, warning } from "../finding"

/** Connections that hold on to what the first one has let go; PgBouncer hands out the one used last. */
const HOLDING_CONNECTIONS = 3
/** Nothing but a pool without a free connection makes these queries take so long. */
const LONGEST_WAIT_MS = 3_000
/** Milliseconds; nobody has it by chance. */
const MARK = 54_321

/**
 * Whether a pooler or proxy stands between, in which mode, and what is off because of it. Told by its behaviour: the
 * number of the server's process at log-in and in a statement, and whether another client gets the same one.
 */
export const poolerCheck: Check = async ({ options, connect }) => {
  const client = await connect()
  const pid = await readPid(client)
  if (pid === (client as Client & { processID: number }).processID) {
    return [ok("none: connections lead to the server itself")]
  }
  const others: Client[] = []
  let isShared = false
  for (let count = 0; count < HOLDING_CONNECTIONS && !isShared; count++) {
    const other = await connect()
    others.push(other)
    const begun = other.query("begin").then(() => readPid(other))
    begun.catch(() => {})
    if (!(await atMost(LONGEST_WAIT_MS, begun))) {
      return [
        warning(
          "a pooler in session mode stands between, and has no server connection left",
          `Allow ${options.pool.max} connections for each process of the shop, or use transaction mode.`
        ),
      ]
    }
    isShared = (await begun) === pid
  }
  await Promise.all(others.map((other) => other.query("rollback")))
  const mode = isShared ? "transaction" : "session"
  const settings = (await takesStartupOptions(options))
    ? ""
    : "; it takes no start-up options, so each statement brings the cache's settings along"
  return [ok(`one in ${mode} mode stands between${settings}`)]
}

async function readPid(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    "select pg_backend_pid() as pid"
  )
  return rows[0]!.pid
}

async function takesStartupOptions(options: ResolvedOptions): Promise<boolean> {
  const config = clientConfig(options)
  const client = createClient({
    ...config,
    connectionString: withSettings(config.connectionString, {
      statement_timeout: MARK,
    }),
  })
  client.on("error", () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ setting: string }>(
      "select setting from pg_settings where name = 'statement_timeout'"
    )
    return rows[0]!.setting === String(MARK)
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
