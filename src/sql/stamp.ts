import { statement } from "./statement"

/**
 * Notes that keys or tags are being cleared, before the entries are: what was missed before it is not to
 * be stored behind it (docs/consistency.md).
 *
 * Holds the lock that every set which follows a miss shares. So no such set is under way while the stamp is
 * made, and stamps are committed one by one, in the order of `at`: one that is visible tells
 * that all before it are.
 *
 * A stamp from the future has come with a dump from another cluster. It would hide all others: it is removed, and
 * a new era begins.
 *
 * $1 bigint: the lock, $2 uuid[] digests, $3 boolean: entries set with autoInvalidate false are spared.
 * Gives at and era.
 */
export const stamp = statement(
  "stamp",
  (tables) => `
with locked as materialized (
  select pg_advisory_xact_lock($1::bigint)
), impossible as (
  delete from ${tables.stamp} s
  where s.at >= (select pg_current_xact_id()::text::bigint from locked)
  returning 1
), era as materialized (
  select coalesce(
    (select s.era from ${tables.stamp} s
    where not exists (select from impossible)
    order by s.at desc limit 1),
    (random() * 2147483647)::int
  ) as era
), stamped as (
  insert into ${tables.stamp} (at, name, automatic, era)
  select pg_current_xact_id()::text::bigint, n.name, $3, e.era
  from locked, era e, (select distinct unnest($2::uuid[]) as name) n
  returning at, era
)
select s.at, s.era from stamped s limit 1
`
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
with kept as materialized (
  select max(f.at) as at
  from (select s.at, s.stamped_at from ${tables.stamp} s order by s.at limit $2) f
  where f.stamped_at < clock_timestamp() - $1::float8 * interval '1 second'
), deleted as (
  delete from ${tables.stamp} s where s.at < (select k.at from kept k) returning 1
)
select count(*) from deleted
`
)
