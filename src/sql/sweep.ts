import { announceGone, isKept } from "./fragments"
import type { Tables } from "./statement"

/**
 * Steps that delete the first entries of a condition with all their rows, if no other process is sweeping.
 *
 * The lock $1 belongs to this one transaction: it works behind a transaction-mode pooler and ends with the connection
 * when a process dies. `skip locked` never waits for a set or clear, and `for update` checks the condition again on the
 * row's newest version, so an entry rewritten meanwhile survives.
 *
 * @param batch the order, and a limit
 */
function electAndDelete(
  { entry, tag, option }: Tables,
  condition: string,
  batch: string
): string {
  return `
election as materialized (
  select pg_catalog.pg_try_advisory_xact_lock($1::bigint) as won
), doomed as materialized (
  select e.id
  from ${entry} e
  where ${condition}
    and (select won from election)
  order by ${batch}
  for update skip locked
), deleted as (
  delete from ${entry} e
  where e.id = any(array(select d.id from doomed d))
), untagged as (
  delete from ${tag} t where t.id = any(array(select d.id from doomed d))
), unflagged as (
  delete from ${option} o where o.id = any(array(select d.id from doomed d))
)`.trimStart()
}

/**
 * Removes a batch of expired entries of every namespace, if no other process is sweeping. $1 the lock, $2 entries a
 * batch. Gives the number of entries removed, and whether this process was the one elected.
 */
export const sweepExpired = (tables: Tables): string => `
with ${electAndDelete(tables, `not ${isKept(tables)}`, "e.expires_at limit $2")}
select pg_catalog.count(*), (select won from election) from doomed
`

/**
 * Removes the entries of a namespace that were set longest ago, if no other process is sweeping. Ids grow with every
 * transaction, so the order is that of the sets of all processes.
 *
 * $1 the lock, $2 namespace, $3 entries a batch, $4 channel to announce on, or null. Gives the number of
 * entries removed, and perhaps an empty text.
 */
export const evictOldest = (tables: Tables): string => `
with ${electAndDelete(tables, "e.namespace = $2", "e.id limit $3")}
select pg_catalog.count(*)::text from doomed
union all
${announceGone("doomed.id", "$4")}
`

/**
 * Finds ids that tags refer to and no entry has, a stretch of ids at a time: what a process leaves that dies between a
 * change and its `removeOrphans`.
 *
 * $1 continue after this id, $2 rows a stretch. Gives the last id of the stretch, and the ids without an entry
 * as an array; no row at the end of the table.
 */
export const findOrphanedTags = (tables: Tables): string =>
  findOrphans(tables, tables.tag)

/** The same for options: an entry may have these and no tags. */
export const findOrphanedOptions = (tables: Tables): string =>
  findOrphans(tables, tables.option)

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
 * Removes the tags and options of entries that are gone: they only take space. What another transaction is removing it
 * leaves to that one: to wait could deadlock, as `removeInvalidated` removes the same rows in an order of its own.
 *
 * $1 bigint[] ids that no entry has.
 */
export const removeOrphans = ({ tag, option }: Tables): string => `
with unflagged as (
  delete from ${option} o where o.ctid = any(${unlocked(option)})
)
delete from ${tag} t where t.ctid = any(${unlocked(tag)})
`

const unlocked = (table: string) => `array(
    select r.ctid from ${table} r where r.id = any((select $1::bigint[])::bigint[]) for update skip locked
  )`

/** Notes what the last run of the sweep did. $1 seconds it took, $2 entries expired, $3 evicted, $4 orphans found. */
export const recordSweep = ({ sweep }: Tables): string => `
insert into ${sweep} as w (only_row, began_at, seconds, expired, evicted, orphans)
values (true, pg_catalog.clock_timestamp() - $1::float8 * interval '1 second', $1, $2::bigint, $3::bigint, $4::bigint)
on conflict (only_row) do update set
  began_at = excluded.began_at,
  seconds = excluded.seconds,
  expired = excluded.expired,
  evicted = excluded.evicted,
  orphans = excluded.orphans
`

/** Removes leases that have ended without a set. */
export const sweepLeases = ({ lease }: Tables): string => `
delete from ${lease} l where l.expires_at < pg_catalog.clock_timestamp()
`
