import { randomBytes } from "node:crypto"
import { once } from "node:events"
import type { Client } from "@medusajs/framework/pg"
import {
  atMost,
  clientConfig,
  createClient,
  withSettings,
} from "../../connection"
import type { ResolvedOptions } from "../../options"
import { codeOf, messageOf } from "../errors"
import { type Check, ok, warning } from "./check"

/** PgBouncer hands out the connection that was used last; this many take up those before the one looked for. */
const HOLDING_CONNECTIONS = 3
/** Only a pool without a free connection makes a trivial query take so long. */
const TIMEOUT_MS = 3_000
/** In milliseconds; a value that nobody configures. */
const UNUSUAL_TIMEOUT = 54_321
/** PostgreSQL's "prepared statement does not exist" and "already exists". */
const STATEMENT_ERRORS = ["26000", "42P05"]

/**
 * Detects a pooler or proxy and its mode. With a pooler, the server's process at log-in and in a statement differ; in
 * transaction mode, other clients get the same process.
 */
export const checkPooler: Check = async ({ options, connect }) => {
  const client = await connect()
  const pid = await readPid(client)
  if (pid === (client as Client & { processID: number }).processID) {
    return ok("none: connections lead to the server itself")
  }
  const others: Client[] = []
  let isShared = false
  while (others.length < HOLDING_CONNECTIONS && !isShared) {
    const other = await connect()
    others.push(other)
    const pidOfOther = other.query("begin").then(() => readPid(other))
    pidOfOther.catch(() => {})
    if (!(await atMost(TIMEOUT_MS, pidOfOther))) {
      return warning(
        "a pooler in session mode stands between, and has no server connection left",
        `Allow ${options.pool.max} connections for each process of the shop, or use transaction mode.`
      )
    }
    isShared = (await pidOfOther) === pid
  }
  await Promise.all(others.map((other) => other.query("rollback")))
  const mode = isShared ? "transaction" : "session"
  const settings = (await takesStartupOptions(options))
    ? ""
    : "; it takes no start-up options, so each statement brings the cache's settings along"
  return ok(`one in ${mode} mode stands between${settings}`)
}

async function readPid(client: Client): Promise<number> {
  const text = "select pg_backend_pid() as pid"
  const { rows } = await client.query<{ pid: number }>(text)
  return rows[0]!.pid
}

async function takesStartupOptions(options: ResolvedOptions): Promise<boolean> {
  const config = clientConfig(options)
  const settings = { statement_timeout: UNUSUAL_TIMEOUT }
  const connectionString = withSettings(config.connectionString, settings)
  const client = createClient({ ...config, connectionString })
  client.on("error", () => {})
  try {
    await client.connect()
    const { rowCount } = await client.query(
      "select from pg_settings where name = 'statement_timeout' and setting = $1",
      [UNUSUAL_TIMEOUT]
    )
    return rowCount === 1
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * Checks that a prepared statement can be used again after another client has prepared one under the same name, and
 * after a pooler may have switched to another connection of the server.
 */
export const checkPreparedStatements: Check = async ({ connect }) => {
  const [one, other] = [await connect(), await connect()]
  const statement = { name: randomName(), text: "select $1::int", values: [1] }
  try {
    await one.query(statement)
    // The transaction holds the server's connection that the first client used.
    await other.query("begin")
    // Awaited after the commit only: it may wait for that very connection.
    const again = one.query(statement)
    again.catch(() => {})
    await other.query(statement)
    await other.query("commit")
    await again
    return ok("work, from several clients at once")
  } catch (error) {
    if (!STATEMENT_ERRORS.includes(codeOf(error) ?? "")) {
      throw error
    }
    return warning(
      `the pooler does not keep prepared statements: ${messageOf(error)}`,
      "The cache sends its statements without names, which takes the server more time. PgBouncer keeps them from 1.21 on, with `max_prepared_statements` above 0; or give the cache a direct URL in `database.clientUrl`."
    )
  }
}

/**
 * Checks that a notification reaches a connection that listens. Another connection sends it: through a pooler in
 * transaction mode a connection may receive its own notifications and no others.
 */
export const checkNotifications: Check = async ({ database, connect }) => {
  const channel = randomName()
  const listener = await connect()
  // Nobody else knows the channel.
  const received = once(listener, "notification")
  received.catch(() => {})
  await listener.query(`listen ${channel}`)
  await database.client.query("select pg_notify($1, '')", [channel])
  return (await atMost(TIMEOUT_MS, received))
    ? ok("LISTEN and NOTIFY work")
    : warning(
        "a NOTIFY does not arrive at a connection that listens, as behind a pooler in transaction mode",
        "The cache works without, but for a near cache: give that a direct URL in `nearCache.clientUrl`."
      )
}

function randomName(): string {
  return `caching_postgres_doctor_${randomBytes(8).toString("hex")}`
}
