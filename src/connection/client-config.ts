import { Client, type ClientConfig } from "@medusajs/framework/pg"
import type { ResolvedOptions } from "../options"

/** The name under which the cache's connections stand in `pg_stat_activity`. */
export const APPLICATION_NAME = "medusa-caching-postgres"

/**
 * How to connect, in pg's terms. Reads the shop's driver options as Medusa's own `createPgConnection`
 * does (`@medusajs/utils`), so that the cache connects wherever the shop does.
 */
export function clientConfig({
  database: { clientUrl, driverOptions },
}: Pick<ResolvedOptions, "database">): ClientConfig & {
  connectionString: string
} {
  const { connection, dynamicPassword } = driverOptions
  const ssl = driverOptions.ssl ?? connection?.ssl

  return {
    connectionString: clientUrl,
    application_name: APPLICATION_NAME,
    // Left out where nothing is said, so that an sslmode in the URL still counts.
    ...(ssl !== undefined && { ssl }),
    ...(dynamicPassword && { password: dynamicPassword }),
    keepAlive: driverOptions.keepAlive ?? connection?.keepAlive ?? true,
    keepAliveInitialDelayMillis:
      driverOptions.keepAliveInitialDelayMillis ??
      connection?.keepAliveInitialDelayMillis ??
      10_000,
  }
}

/** A client whose password may be a function: pg lets the one in the URL, or its absence, win over it. */
export function createClient(config: ClientConfig): Client {
  const client = new Client(config)
  const { password } = config
  return password === undefined ? client : Object.assign(client, { password })
}
