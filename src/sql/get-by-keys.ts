import { newestPosition } from "./position"
import { statement } from "./statement"
import type { Tables } from "./tables"
import { VERSION } from "./version"

/**
 * Live entries by key, for many callers at once.
 *
 * $1 namespace, $2 uuid[] key digests. Gives name and data; the caller compares the name, so that
 * a key is never answered with another's data, whatever the digests. Besides null, and at and era of
 * the newest stamp (none while nothing was ever cleared).
 */
export const getByKeys = statement("get_by_keys", (tables) =>
  select(tables, "", "")
)

/** The same with what a near cache needs to know of each entry: see `version.ts`. */
export const getByKeysWithVersions = statement(
  "get_by_keys_with_versions",
  (tables) => select(tables, `, ${VERSION}`, ", null, null, null")
)

function select(tables: Tables, version: string, noVersion: string): string {
  return `
select e.name, e.data${version}
from ${tables.entry} e
where e.namespace = $1
  and e.key = any((select $2::uuid[])::uuid[])
  and e.expires_at > statement_timestamp()
union all
${newestPosition(tables, noVersion)}
`
}
