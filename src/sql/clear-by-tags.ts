import { deleteDoomed } from "./delete-doomed"
import { statement } from "./statement"

/**
 * Removes every entry that has any of the tags.
 *
 * $1 namespace, $2 uuid[] tag digests, $3 boolean: spare entries set with autoInvalidate false.
 * Gives the number of entries removed.
 */
export const clearByTags = statement(
  "clear_by_tags",
  (tables) => `
with doomed as materialized (
  select e.id
  from ${tables.entry} e
  left join ${tables.option} o on o.id = e.id
  where e.namespace = $1
    and e.id = any(array(
      select t.id from ${tables.tag} t where t.tag = any((select $2::uuid[])::uuid[])))
    and not ($3::boolean and o.auto_invalidate is false)
  order by e.key
  for update of e
), ${deleteDoomed(tables)}
select count(*) from deleted
`
)
