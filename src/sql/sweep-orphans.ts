import { statement } from "./statement"

/**
 * Removes tags whose entry is gone, a stretch of ids at a time. They arise when two processes
 * replace the same entry in the same moment (see `set-entries.ts`), do no harm, and are few.
 *
 * $1 bigint: the lock of the sweep, $2 bigint: continue after this id, $3 tags a stretch. Gives
 * the last id of the stretch, or no row at the end of the table or when another process sweeps.
 */
export const sweepOrphans = statement(
  "sweep_orphans",
  ({ entry, tag }) => `
with election as materialized (
  select pg_try_advisory_xact_lock($1::bigint) as won
), stretch as materialized (
  select t.id
  from ${tag} t
  where t.id > $2::bigint
    and (select won from election)
  order by t.id
  limit $3
), orphan as materialized (
  select distinct s.id
  from stretch s
  where not exists (select from ${entry} e where e.id = s.id)
), untagged as (
  delete from ${tag} t where t.id = any(array(select o.id from orphan o))
)
select s.id from stretch s order by s.id desc limit 1
`
)
