import { statement } from "../../sql/statement"
import { ENTRY_COLUMNS } from "./entry-columns"

/**
 * Entries that have a tag, live or expired, the newest first.
 *
 * $1 namespace, $2 uuid tag digest, $3 how many at most.
 */
export const listTagged = statement(
  "list_tagged",
  ({ entry, tag }) => `
select ${ENTRY_COLUMNS}
from ${entry} e
where e.namespace = $1
  and e.id = any(array(select t.id from ${tag} t where t.tag_digest = $2::uuid))
order by e.created_at desc, e.id desc
limit $3
`
)
