import { statement } from "./statement"

/**
 * Notes that keys or tags are being cleared, before the entries are: what was missed before it is not to
 * be stored behind it (docs/consistency.md).
 *
 * Holds the lock that every set which follows a miss shares. So no such set is under way while the stamp is
 * made, and stamps are committed one by one, in the order of `at`: one that is visible tells
 * that all before it are.
 *
 * $1 bigint: the lock, $2 uuid[] digests, $3 boolean: entries set with autoInvalidate false are spared.
 * Gives the number of tag rows with these digests, as they are once the lock is granted. Most clears are for tags that
 * nothing has, and need no more. All are counted, since for `limit 1` the planner reads the table from
 * its start, in the hope of a match nearby.
 */
export const stamp = statement(
  "stamp",
  ({ stampNames }) => `select ${stampNames}($1::bigint, $2::uuid[], $3)`
)

/** The newest stamp. Gives at and era, or no row while nothing was ever cleared. */
export const newestStamp = statement(
  "newest_stamp",
  (tables) => `
select s.at, s.era from ${tables.stamp} s order by s.at desc limit 1
`
)

/**
 * Removes a batch of stamps so old that no fill can be older, but for the newest of them: by it, fills
 * that are under way can tell that the stamps were not lost in a crash.
 *
 * $1 float8 seconds, $2 stamps a batch. Gives the number of stamps removed.
 */
export const sweepStamps = statement(
  "sweep_stamps",
  (tables) => `
with old as materialized (
  select f.at
  from (select s.at, s.stamped_at from ${tables.stamp} s order by s.at limit $2) f
  where f.stamped_at < clock_timestamp() - $1::float8 * interval '1 second'
), deleted as (
  delete from ${tables.stamp} s
  where s.at = any(array(select o.at from old o where o.at < (select max(at) from old)))
  returning 1
)
select count(*) from deleted
`
)
