import { statement } from "./statement"

/**
 * Each live entry that has any of the tags, once, oldest first.
 *
 * $1 namespace, $2 uuid[] tag digests. Entries that hold null are left out: in a list they would
 * look like holes.
 */
export const getByTags = statement(
  "get_by_tags",
  ({ entry, tag }) => `
select e.data
from ${entry} e
where e.namespace = $1
  and e.id = any(array(select t.id from ${tag} t where t.tag = any((select $2::uuid[])::uuid[])))
  and e.expires_at > statement_timestamp()
  and e.data <> 'null'
order by e.id
`
)
