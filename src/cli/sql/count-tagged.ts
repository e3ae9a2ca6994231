import { statement } from "../../sql/statement"

/**
 * How many entries have any of the tags.
 *
 * $1 namespace, $2 uuid[] tag digests, $3 boolean: without those set with autoInvalidate false.
 */
export const countTagged = statement(
  "count_tagged",
  ({ entry, tag, option }) => `
select pg_catalog.count(*)::float8 as entries
from ${entry} e
left join ${option} o on o.id = e.id
where e.namespace = $1
  and e.id = any(array(select t.id from ${tag} t where t.tag_digest = any($2::uuid[])))
  and not ($3::boolean and o.auto_invalidate is false)
`
)
