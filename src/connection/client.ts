import { Client, type ClientConfig } from "@medusajs/framework/pg"
import type { Log } from "../log"
import type { ResolvedOptions } from "../options"
import type { OpenClient } from "./pg"
import { mayRefuseStartupOptions, type Restrictions } from "./restrictions"

/** The name of the cache's connections in `pg_stat_activity`. */
export const APPLICATION_NAME = "medusa-caching-postgres"

export interface ClientSettings extends ClientConfig {
  readonly connectionString: string
}

/**
 * How to connect, in pg's terms. Reads the shop's driver options as Medusa's own `createPgConnection` does
 * (`@medusajs/utils`), so that the cache connects wherever the shop does.
 */
export function clientConfig({
  database: { clientUrl, driverOptions },
}: Pick<ResolvedOptions, "database">): ClientSettings {
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

/**
 * Connects, with the settings of the start-up packet where they are not refused. The connection keeps no process
 * alive.
 *
 * @param tunedUrl the URL with these settings
 */
export async function connectClient(
  config: ClientSettings,
  tunedUrl: string,
  restrictions: Restrictions,
  log: Log
): Promise<OpenClient> {
  const connectTo = async (connectionString: string) => {
    const client = createClient({ ...config, connectionString }) as OpenClient
    // Without a listener a connection that breaks while idle would end the process.
    client.on("error", ({ message }) =>
      log.debug(`a connection broke: ${message}`)
    )
    client.connection.on("parameterStatus", (status) => {
      if (status.parameterName === "server_version") {
        restrictions.serverVersion = status.parameterValue
      }
    })
    client.connection.stream.unref()
    await client.connect()
    // Encryption has replaced the stream.
    client.unref()
    return client
  }
  if (!restrictions.startupOptions) {
    return connectTo(config.connectionString)
  }
  try {
    return await connectTo(tunedUrl)
  } catch (error) {
    if (!mayRefuseStartupOptions(error as Error)) {
      throw error
    }
    const client = await connectTo(config.connectionString)
    restrictions.loseStartupOptions()
    return client
  }
}
