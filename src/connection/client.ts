import type { EventEmitter } from "node:events"
import type { Socket } from "node:net"
import { Client, type ClientConfig } from "@medusajs/framework/pg"
import type { ResolvedOptions } from "../options"

/** The name of the cache's connections in `pg_stat_activity`. */
export const APPLICATION_NAME = "medusa-caching-postgres"

/**
 * A prepared statement is planned once; a cache begins empty, and a plan made for an empty table reads all of it,
 * until the first ANALYZE a minute later. So: always an index, the same plan for every call, and no just-in-time
 * compilation, which takes longer than any of these statements.
 *
 * Every name is looked up in PostgreSQL's own schema only: an operator or function that somebody makes in the schema
 * "public" is not used in its place. Tables and functions of the cache are named with their schema.
 */
const SETTINGS = {
  enable_seqscan: "off",
  plan_cache_mode: "force_generic_plan",
  jit: "off",
  search_path: "pg_catalog",
}

/** A value pg sends as a bound parameter; a Buffer goes in binary format. */
export type Parameter = string | number | boolean | Buffer | null
/** A row as the server sent it: text, or null. */
export type Row = readonly (string | null)[]

/** With what is missing in the types that Medusa brings along (@types/pg 8.6). */
export type OpenClient = Client & {
  readonly processID: number | null
  readonly connection: EventEmitter & { readonly stream: Socket }
  unref(): void
}

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

/** Creates a client whose password may be a function: pg would prefer the one in the URL, even if there is none. */
export function createClient(config: ClientConfig): Client {
  const client = new Client(config)
  const { password } = config
  return password === undefined ? client : Object.assign(client, { password })
}

/** The settings of the cache's connections, in the two ways in which the server can be asked for them. */
export function cacheSettings(
  clientUrl: string,
  timeoutMillis: number
): { readonly url: string; readonly statements: readonly string[] } {
  const settings = { ...SETTINGS, statement_timeout: timeoutMillis }
  const values = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', '${value}', true)`
  )
  return {
    // What is committed between two queries of one statement's function must be seen by the second
    // (docs/consistency.md). A role or database may have another default than "read committed".
    url: withSettings(clientUrl, {
      ...settings,
      default_transaction_isolation: "read\\ committed",
    }),
    // For the transaction that they begin, and for nothing after it. The first is no `set local`, which would leave
    // a warning in the server's log each time, and must come first.
    statements: [
      "set transaction_isolation = 'read committed'",
      `select ${values.join(", ")}`,
    ],
  }
}

/**
 * Asks for settings in the start-up packet, by the `options` of the URL, after those that it may bring along (Neon
 * names its endpoint there). Unlike `set`, which would leak to other clients of a pooler, they hold for this
 * connection only.
 *
 * @param settings by the server's names for them
 */
export function withSettings(
  clientUrl: string,
  settings: Readonly<Record<string, string | number>>
): string {
  const [address, query] = clientUrl.split("?", 2) as [string, string?]
  const parameters = new URLSearchParams(query)
  const given = parameters.get("options")
  const own = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ")
  parameters.set("options", given ? `${given} ${own}` : own)
  return `${address}?${parameters.toString()}`
}
