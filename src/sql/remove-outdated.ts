import { announceGone } from "./announce"
import { statement } from "./statement"

/**
 * Removes what stands under the keys of stale fills, unless it is the very value that was to be
 * set; locks and plans as in `set-entries.ts`.
 *
 * $1 namespace, $2 uuid[] key digests, $3 text[] data, $4 channel to announce on, or null. Gives the ids of the
 * entries removed, and perhaps an empty text.
 */
export const removeOutdated = statement(
  "remove_outdated",
  ({ entry }) => `
with input as materialized (
  select * from unnest((select $2::uuid[]), (select $3::text[])) as i (key_digest, data)
), doomed as materialized (
  select e.id
  from ${entry} e
  where e.namespace = $1
    and e.key_digest = any((select $2::uuid[])::uuid[])
    and e.data <> (select i.data from input i where i.key_digest = e.key_digest)
  order by e.key_digest
  for update of e
), removed as (
  delete from ${entry} e
  where e.id = any(array(select d.id from doomed d))
  returning e.id
)
select r.id::text, null from removed r
union all
select a.*, null from (${announceGone("removed.id", "$4")}) a
`
)
