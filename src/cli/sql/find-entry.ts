import { statement } from "../../sql/statement"
import { ENTRY_COLUMNS } from "./entry-columns"

/**
 * The entry of one key, live or expired.
 *
 * $1 namespace, $2 uuid key digest, $3 the key's canonical name.
 */
export const findEntry = statement(
  "find_entry",
  ({ entry, option }) => `
select ${ENTRY_COLUMNS},
  e.tags,
  e.data,
  coalesce((select o.auto_invalidate from ${option} o where o.id = e.id), true) as auto_invalidate
from ${entry} e
where e.namespace = $1
  and e.key_digest = $2::uuid
  and e.key = $3
`
)
