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
 * What is committed between two queries of one statement's function must be seen by the second
 * (docs/consistency.md). A role or database may have another default.
 */
export const ISOLATION: Settings = {
  default_transaction_isolation: "read\\ committed",
}

/**
 * Asks for the settings in the start-up packet, by the `options` of the URL, behind those that it
 * may bring along (Neon names its endpoint there). Unlike `set`, which would leak to others behind a
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
 * Whether a connection failed because a pooler does not pass such options on. The statements work
 * without, only their first plans may be worse.
 */
export function refusesStartupOptions(error: Error): boolean {
  // PgBouncer: "unsupported startup parameter: options", or "…in options: jit".
  return /unsupported.*(startup|options)/i.test(error.message)
}
