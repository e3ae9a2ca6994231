/** Settings of a connection by the server's names for them. */
export type Settings = Readonly<Record<string, string | number>>

/**
 * A prepared statement is planned once; a cache begins empty, and a plan made for an empty table reads all of it,
 * until the first ANALYZE a minute later. So: always an index, the same plan for every call, and no just-in-time
 * compilation, which takes longer than any of these statements.
 *
 * Every name is looked up in PostgreSQL's own schema only: an operator or function that somebody makes in the schema
 * "public" is not used in its place. Tables and functions of the cache are named with their schema.
 */
const SETTINGS: Settings = {
  enable_seqscan: "off",
  plan_cache_mode: "force_generic_plan",
  jit: "off",
  search_path: "pg_catalog",
}

/** The settings of the cache's connections, in the two ways in which the server can be asked for them. */
export function cacheSettings(
  clientUrl: string,
  statementTimeoutMillis: number
): { readonly url: string; readonly statements: readonly string[] } {
  const settings = { ...SETTINGS, statement_timeout: statementTimeoutMillis }
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
 */
export function withSettings(clientUrl: string, settings: Settings): string {
  const [address, query] = clientUrl.split("?", 2) as [string, string?]
  const parameters = new URLSearchParams(query)
  const given = parameters.get("options")
  const own = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ")
  parameters.set("options", given ? `${given} ${own}` : own)
  return `${address}?${parameters.toString()}`
}
