import { clientConfig, createClient } from "../connection"
import type { DriverOptions } from "../options"
import type { MigrationTarget, ScriptInput } from "./targets"

/** How long the server lets a transaction idle or last; PostgreSQL below 17 has only the first. */
const LIMITS_OF_IDLE_TRANSACTIONS = [
  "idle_in_transaction_session_timeout",
  "transaction_timeout",
]

/**
 * Runs `migrate` while no other process migrates the same tables. MikroORM does not serialise
 * processes: two that start at once both create the ledger, and both run what is pending.
 *
 * The lock belongs to an open transaction, so that it holds behind a transaction-mode pooler and
 * ends with the process. When the server ends that transaction's connection, the migration goes on and a
 * warning says that the lock is lost: every statement of the migration may be repeated, and ending it halfway
 * would help nobody.
 *
 * @throws when the lock cannot be had
 */
export async function withMigrationLock<T>(
  { clientUrl, schema, options }: MigrationTarget,
  logger: ScriptInput["logger"],
  migrate: () => Promise<T>
): Promise<T> {
  const { driverOptions = {} } = options.database as {
    driverOptions?: DriverOptions
  }
  const client = createClient(
    clientConfig({ database: { clientUrl, schema, driverOptions } })
  )
  let isHeld = false
  // Without a listener a connection that breaks while idle would end the process. While a statement is under
  // way, the statement fails as well.
  client.on("error", (error) => {
    if (isHeld) {
      isHeld = false
      ;(logger ?? console).warn(
        `[caching-postgres] the migration of schema "${schema}" lost its lock, and goes on: ${error.message}. If another process has migrated at the same time and one of them failed, run \`npx medusa db:migrate\` again.`
      )
    }
  })
  await client.connect()
  try {
    await client.query("begin")
    await client.query(
      "select set_config(name, '0', true) from pg_settings where name = any ($1)",
      [LIMITS_OF_IDLE_TRANSACTIONS]
    )
    await client.query(
      "select pg_advisory_xact_lock(hashtextextended($1, 0))",
      [`medusa-caching-postgres migration ${schema}`]
    )
    isHeld = true
    return await migrate()
  } finally {
    isHeld = false
    await client.end()
  }
}
