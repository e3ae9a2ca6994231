import { statement } from "./statement"

/**
 * Removes the tags and options of entries that are gone: nothing finds them any more, they only
 * take space. $1 bigint[] ids that no entry has.
 */
export const removeOrphans = statement(
  "remove_orphans",
  ({ tag, option }) => `
with unflagged as (
  delete from ${option} o where o.id = any((select $1::bigint[])::bigint[])
)
delete from ${tag} t where t.id = any((select $1::bigint[])::bigint[])
`
)
