import { statement } from "./statement"

/**
 * The live entry of one key; a tenth faster than `get-by-keys.ts` for a single one.
 *
 * $1 namespace, $2 uuid key digest. Gives name and data; on a miss null, and at and era of the newest
 * stamp (none while nothing was ever cleared).
 */
export const getByKey = statement(
  "get_by_key",
  ({ entry, stamp }) => `
(select e.name, e.data
from ${entry} e
where e.namespace = $1
  and e.key = $2::uuid
  and e.expires_at > statement_timestamp())
union all
(select null, s.at || ' ' || s.era from ${stamp} s order by s.at desc limit 1)
limit 1
`
)
