import type { Restrictions } from "../connection"
import type { ResolvedOptions } from "../options"
import { packageVersion } from "../package-version"

/** One line for the log of a shop whose cache works: where it is, what serves it and what is off. */
export function startLine(
  { database, namespace, nearCache, sweep }: ResolvedOptions,
  {
    address,
    namedStatements,
    pooler,
    serverVersion,
    startupOptions,
  }: Restrictions
): string {
  const off = Object.entries({
    "near cache": nearCache,
    sweep,
    "prepared statements": namedStatements,
    "start-up options": startupOptions,
  }).flatMap(([name, isOn]) => (isOn ? [] : [name]))
  const parts = [
    `the cache is on: ${address}, schema "${database.schema}", namespace "${namespace}"`,
    [
      `PostgreSQL ${serverVersion ?? ""}`.trim(),
      `medusa-caching-postgres ${packageVersion()}`,
      pooler ? "through a pooler" : "no pooler",
      ...(nearCache ? ["near cache on"] : []),
    ].join(", "),
    ...(off.length > 0 ? [`off: ${off.join(", ")}`] : []),
  ]
  return parts.join("; ")
}
