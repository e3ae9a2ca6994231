import { statement } from "./statement"

/**
 * Live entries by key, for many callers at once.
 *
 * $1 namespace, $2 uuid[] key digests. Gives name and data; the caller compares the name, so that
 * a key is never answered with another's data, whatever the digests. Besides null, and at and era of
 * the newest stamp (none while nothing was ever cleared).
 */
export const getByKeys = statement(
  "get_by_keys",
  ({ entry, stamp }) => `
select e.name, e.data
from ${entry} e
where e.namespace = $1
  and e.key = any((select $2::uuid[])::uuid[])
  and e.expires_at > statement_timestamp()
union all
(select null, s.at || ' ' || s.era from ${stamp} s order by s.at desc limit 1)
`
)
