/** Settings of a connection by the server's names for them. */
export type Settings = Readonly<Record<string, string | number>>

/**
 * Planner settings for the cache's connections. A prepared statement is planned once; a cache
 * begins empty, and a plan made for an empty table reads all of it, until the first ANALYZE a
 * minute later. So: always an index, the same plan for every call, and no just-in-time
 * compilation, which takes longer than any of these statements.
 */
export const PLANNER_SETTINGS: Settings = {
  enable_seqscan: "off",
  plan_cache_mode: "force_generic_plan",
  jit: "off",
}

/**
 * Every name is looked up in PostgreSQL's own schema first and last: an operator or function that somebody makes in
 * the schema "public" is not used in its place. Tables and functions of the cache are named with their schema.
 */
export const SEARCH_PATH: Settings = { search_path: "pg_catalog" }

/**
 * What is committed between two queries of one statement's function must be seen by the second
 * (docs/consistency.md). A role or database may have another default.
 */
export const ISOLATION: Settings = {
  default_transaction_isolation: "read\\ committed",
}

/**
 * Asks for the settings in the start-up packet, by the `options` of the URL, after those that it
 * may bring along (Neon names its endpoint there). Unlike `set`, which would leak to other clients of a
 * pooler, they hold for this connection only.
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

/**
 * Statements with the same effect for the transaction that they begin, and for nothing after it. `set
 * transaction_isolation` must be the first, and is no `set local`, which would leave a warning in the
 * server's log each time.
 */
export function settingStatements(settings: Settings): readonly string[] {
  const values = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', '${value}', true)`
  )
  return [
    "set transaction_isolation = 'read committed'",
    `select ${values.join(", ")}`,
  ]
}

interface ServerError extends Error {
  readonly code?: string
  readonly severity?: string
}

/** The words by which poolers and proxies are known to refuse start-up options. */
const REFUSALS = [
  // PgBouncer: "unsupported startup parameter: options"; it and Neon: "… in options: jit".
  /unsupported startup parameter/i,
  // RDS Proxy: "Feature not supported: RDS Proxy currently doesn't support command-line options".
  /command-line options/i,
]
/** Beginnings of SQLSTATEs that have another reason for sure: login, no such database, no room, shut down. */
const OTHER_REASONS = ["28", "3D", "53", "57"]

/** Whether a connection failed because the start-up options were refused. */
export function refusesStartupOptions({ message }: Error): boolean {
  return REFUSALS.some((words) => words.test(message))
}

/** Whether it may have failed for that reason, in words that are not known: only an attempt without tells. */
export function mayRefuseStartupOptions(error: ServerError): boolean {
  const { code, severity } = error
  return (
    severity !== undefined &&
    code !== undefined &&
    !OTHER_REASONS.some((reason) => code.startsWith(reason))
  )
}
