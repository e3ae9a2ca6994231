import { statement } from "./statement"

/**
 * Finds ids that tags refer to and no entry has, a stretch of ids at a time: what a process leaves
 * that dies between a change and its `tidy`.
 *
 * $1 bigint: continue after this id, $2 tags a stretch. Gives the last id of the stretch, and the
 * ids without an entry as an array; no row at the end of the table.
 */
export const findOrphans = statement(
  "find_orphans",
  ({ entry, tag }) => `
with stretch as materialized (
  select t.id from ${tag} t where t.id > $1::bigint order by t.id limit $2
)
select max(s.id),
  array_to_json(array_agg(distinct s.id) filter (
    where not exists (select from ${entry} e where e.id = s.id)))
from stretch s
having count(*) > 0
`
)
