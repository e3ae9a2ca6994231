import { deleteDoomed } from "./delete-doomed"
import { statement } from "./statement"

/**
 * Removes entries by key.
 *
 * $1 namespace, $2 uuid[] key digests, $3 boolean: spare entries set with autoInvalidate false.
 * Gives the number of entries removed.
 */
export const clearByKeys = statement(
  "clear_by_keys",
  (tables) => `
with doomed as materialized (
  select e.id
  from ${tables.entry} e
  left join ${tables.option} o on o.id = e.id
  where e.namespace = $1
    and e.key = any((select $2::uuid[])::uuid[])
    and not ($3::boolean and o.auto_invalidate is false)
  order by e.key
  for update of e
), ${deleteDoomed(tables)}
select count(*) from deleted
`
)
