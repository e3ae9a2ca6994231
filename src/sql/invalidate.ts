import type { Tables } from "./statement"

/**
 * Clears: records which keys and tags are being cleared, and removes the entries that have them.
 *
 * The function holds an advisory lock exclusively, which every set that follows a miss holds shared. So no such set is
 * under way meanwhile, and records are committed one by one, in the order of their versions (docs/consistency.md). It
 * removes the entries if there are at most $7, and none where there are more. If some are left, also because another
 * transaction has locked them, the record says so: no read returns them any more, and `removeInvalidated` removes them.
 *
 * $1 the lock, $2 namespace, $3 digests of keys, $4 digests of tags, $5 the digest of everything, or null, $6 whether
 * exempt entries stay, $7 the greatest number of entries to remove, $8 channel to announce them on, or null. Gives the
 * ids removed, whose tags and options are left to `removeOrphans`; whether entries are left; and, with a channel, the
 * names removed. Ids and names are separated by commas; a name is a JSON string.
 */
export const invalidate = (tables: Tables): string => `
select i.removed_ids, i.more, i.removed_keys
from ${tables.invalidate}($1::bigint, $2, $3::uuid[], $4::uuid[], $5::uuid, $6::boolean, $7::integer, $8::text) i
`

/**
 * Removes a batch of the entries that a large clear has left, with all their rows; of the oldest such clear, whichever
 * process has made it. $1 rows to look at. Gives the number of entries removed, and whether there may be more.
 */
export const removeInvalidated = (tables: Tables): string => `
select r.removed, r.more from ${tables.removeInvalidated}($1::integer) r
`

/** The newest record. Gives version and epoch; no row where the table is empty, as after a crash. */
export const newestVersion = ({ invalidation }: Tables): string => `
select i.version, i.epoch from ${invalidation} i order by i.version desc limit 1
`

/**
 * Removes a batch of records so old that no fill can be older, but for the newest of them: by it, fills that are under
 * way can tell that the records were not lost in a crash. $1 seconds, $2 records a batch. Gives how many were removed.
 */
export const sweepInvalidations = ({ invalidation }: Tables): string => `
with old as materialized (
  select f.version, f.removing_from
  from (
    select i.version, i.created_at, i.removing_from from ${invalidation} i order by i.version limit $2
  ) f
  where f.created_at < pg_catalog.clock_timestamp() - $1::float8 * interval '1 second'
), deleted as (
  delete from ${invalidation} i
  where i.version = any(array(
    select o.version from old o
    where o.version < (select pg_catalog.max(version) from old) and o.removing_from is null))
  returning 1
)
select pg_catalog.count(*) from deleted
`

/** Sends a notification. $1 channel, $2 payload. */
export const notify = (): string =>
  "select pg_catalog.pg_notify($1::text, $2::text)"
