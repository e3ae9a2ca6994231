import { announceGone } from "./announce"
import { statement } from "./statement"

/**
 * Removes entries by key; locks and plans as in `clear-by-tags.ts`.
 *
 * $1 namespace, $2 uuid[] key digests, $3 boolean: spare entries set with autoInvalidate
 * false, $4 channel to announce on, or null. Gives the ids of the entries removed, whose tags and options are
 * left to `tidy`, with their names where they are announced; and perhaps an empty text.
 */
export const clearByKeys = statement(
  "clear_by_keys",
  ({ entry, option }) => `
with doomed as materialized (
  select e.id
  from ${entry} e
  left join ${option} o on o.id = e.id
  where e.namespace = $1
    and e.key = any((select $2::uuid[])::uuid[])
    and not ($3::boolean and o.auto_invalidate is false)
  order by e.key
  for update of e
), removed as (
  delete from ${entry} e
  where e.id = any(array(select d.id from doomed d))
  returning e.id, e.name
)
select r.id::text, case when $4::text is not null then r.name end from removed r
union all
select a.*, null from (${announceGone("removed.id", "$4")}) a
`
)
