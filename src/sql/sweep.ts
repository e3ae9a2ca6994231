import { announceGone, deleteDoomed, elect } from "./fragments"
import { isKept } from "./lease"
import { statement, type Tables } from "./statement"

/**
 * Removes a batch of expired entries of every namespace, if no other process is sweeping.
 *
 * `skip locked` never waits for a set or clear, and `for update` checks the expiry again on the row's
 * newest version, so an entry rewritten meanwhile survives.
 *
 * $1 bigint: the lock, $2 entries a batch. Gives the number of entries removed, and
 * whether this process was the one elected.
 */
export const sweepExpired = statement(
  "sweep_expired",
  (tables, features) => `
with ${elect("$1")}, doomed as materialized (
  select e.id
  from ${tables.entry} e
  where not ${isKept(features)}
    and (select won from election)
  order by e.expires_at
  limit $2
  for update skip locked
), ${deleteDoomed(tables)}
select pg_catalog.count(*), (select won from election) from doomed
`
)

/**
 * Removes the entries of a namespace that were set longest ago, if no other process is sweeping;
 * election and locks as in `sweepExpired`.
 *
 * Ids grow with every transaction, so the order is that of the sets of all processes.
 *
 * $1 bigint: the lock, $2 namespace, $3 entries a batch, $4 channel to announce on,
 * or null. Gives the number of entries removed, and perhaps an empty text.
 */
export const evictOldest = statement(
  "evict_oldest",
  (tables) => `
with ${elect("$1")}, doomed as materialized (
  select e.id
  from ${tables.entry} e
  where e.namespace = $2
    and (select won from election)
  order by e.id
  limit $3
  for update skip locked
), ${deleteDoomed(tables)}
select pg_catalog.count(*)::text from doomed
union all
${announceGone("doomed.id", "$4")}
`
)

/**
 * Finds ids that tags refer to and no entry has, a stretch of ids at a time: what a process leaves
 * that dies between a change and its `removeOrphans`.
 *
 * $1 bigint: continue after this id, $2 rows a stretch. Gives the last id of the stretch, and the
 * ids without an entry as an array; no row at the end of the table.
 */
export const findOrphanedTags = statement("find_orphaned_tags", (tables) =>
  findOrphans(tables, tables.tag)
)

/** The same for options: an entry may have these and no tags. */
export const findOrphanedOptions = statement(
  "find_orphaned_options",
  (tables) => findOrphans(tables, tables.option)
)

function findOrphans({ entry }: Tables, table: string): string {
  return `
with stretch as materialized (
  select r.id from ${table} r where r.id > $1::bigint order by r.id limit $2
)
select pg_catalog.max(s.id),
  pg_catalog.array_to_json(pg_catalog.array_agg(distinct s.id) filter (
    where not exists (select from ${entry} e where e.id = s.id)))
from stretch s
having pg_catalog.count(*) > 0
`
}

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

/**
 * Notes what the last run of the sweep did, in whichever process.
 *
 * $1 float8 seconds it took, $2 entries expired, $3 evicted, $4 orphaned ids found.
 */
export const recordSweep = statement(
  "record_sweep",
  ({ sweep }) => `
insert into ${sweep} as w (only_row, began_at, seconds, expired, evicted, orphans)
values (true, pg_catalog.clock_timestamp() - $1::float8 * interval '1 second', $1, $2::bigint, $3::bigint, $4::bigint)
on conflict (only_row) do update set
  began_at = excluded.began_at,
  seconds = excluded.seconds,
  expired = excluded.expired,
  evicted = excluded.evicted,
  orphans = excluded.orphans
`
)
