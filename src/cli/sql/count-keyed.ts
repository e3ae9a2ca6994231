import { statement } from "../../sql/statement"

/**
 * Whether a key has an entry: one or none.
 *
 * $1 namespace, $2 uuid key digest, $3 boolean: none if it was set with autoInvalidate false.
 */
export const countKeyed = statement(
  "count_keyed",
  ({ entry, option }) => `
select pg_catalog.count(*)::float8 as entries
from ${entry} e
left join ${option} o on o.id = e.id
where e.namespace = $1
  and e.key_digest = $2::uuid
  and not ($3::boolean and o.auto_invalidate is false)
`
)
