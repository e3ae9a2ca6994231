import { clientConfig, createClient } from "../connection"
import type { DriverOptions } from "../options"
import type { MigrationTarget } from "./targets"

/**
 * Runs `migrate` while no other process migrates the same tables. MikroORM does not serialise
 * processes: two that start at once both create the ledger, and both run what is pending.
 *
 * The lock belongs to an open transaction, so that it holds behind a transaction-mode pooler and
 * ends with the process.
 */
export async function withMigrationLock<T>(
  { clientUrl, schema, options }: MigrationTarget,
  migrate: () => Promise<T>
): Promise<T> {
  const { driverOptions = {} } = options.database as {
    driverOptions?: DriverOptions
  }
  const client = createClient(
    clientConfig({ database: { clientUrl, schema, driverOptions } })
  )
  await client.connect()
  try {
    await client.query("begin")
    await client.query(
      "select pg_advisory_xact_lock(hashtextextended($1, 0))",
      [`medusa-caching-postgres migration ${schema}`]
    )
    return await migrate()
  } finally {
    await client.end()
  }
}
