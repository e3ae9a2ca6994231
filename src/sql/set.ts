import { announceGone } from "./fragments"
import type { Tables } from "./statement"

/** Ids that the sets of one transaction may give: its number times this, plus a position. */
const IDS_PER_TRANSACTION = 128

/**
 * The id of an entry: larger than that of every entry set by an earlier transaction, in whichever process. So eviction
 * finds the oldest, and a clear knows which entries were set before it.
 *
 * @param position of the entry in its statement, below 128
 */
const entryId = (position: string) =>
  `pg_catalog.pg_current_xact_id()::text::bigint * ${IDS_PER_TRANSACTION} + ${position}::bigint`

/** What a set does where its key is taken: everything is replaced, and the row remembers which id it had. */
const REPLACE_ENTRY = `
  on conflict (namespace, key_digest) do update set
    previous_id = e.id,
    id = excluded.id,
    key = excluded.key,
    data = excluded.data,
    tags = excluded.tags,
    created_at = excluded.created_at,
    expires_at = excluded.expires_at`.trimStart()

/**
 * Stores one entry with its tags and no options. `setEntries` does the same for several; without its sorting and
 * joining, this takes a tenth less time.
 *
 * $1 namespace, $2 uuid key digest, $3 canonical key, $4 data, $5 tag names as a JSON array, $6 seconds to live,
 * $7 uuid[] tag digests, $8 channel to announce on, or null. Gives the id that was replaced, or null; and null.
 */
export const setEntry = (tables: Tables): string => storeOne(tables, "", "", "")

/**
 * The same for an entry that follows a miss, unless it is stale: its key or a tag was cleared since. $9 the lock,
 * $10 digest of everything, $11 and $12 version and epoch that the miss read. Gives null and 1 when it is stale.
 */
export const setEntryAfterMiss = (tables: Tables): string =>
  storeOne(
    tables,
    `stale as materialized (
  select ${tables.staleFills}($9::bigint, $7::uuid[],
    pg_catalog.array_fill(1, array[pg_catalog.cardinality($7::uuid[])]),
    array[$2::uuid], $10::uuid, array[$11::bigint], array[$12::bigint], '{}') as positions
), `,
    "from stale where pg_catalog.cardinality(stale.positions) = 0",
    "select null, p.position from stale, pg_catalog.unnest(stale.positions) as p (position) union all"
  )

/** A step: the leases of these keys end, where all processes share them. Gets lock them in the same order. */
const releaseLeases = ({ sharedLeases, lease }: Tables, digests: string) =>
  sharedLeases
    ? `, released as (
  delete from ${lease} l where l.key_digest = any(array(
    select o.key_digest from ${lease} o where o.key_digest = any(${digests}) order by o.key_digest for update
  ))
)`
    : ""

/** @param rejected a select of the positions of stale fills, with its `union all` */
function storeOne(
  tables: Tables,
  stale: string,
  unlessStale: string,
  rejected: string
): string {
  const { entry, tag } = tables
  return `
with ${stale}stored as (
  insert into ${entry} as e (id, namespace, key_digest, key, data, tags, expires_at)
  select ${entryId("0")}, $1, $2::uuid, $3, $4, $5,
    case when $6::float8 = 'infinity' then 'infinity'
      else pg_catalog.statement_timestamp() + $6::float8 * interval '1 second' end
  ${unlessStale}
  ${REPLACE_ENTRY}
  returning e.id, e.previous_id
), tagged as (
  insert into ${tag} (tag_digest, id)
  select t.tag_digest, s.id from stored s cross join pg_catalog.unnest((select $7::uuid[])) as t (tag_digest)
)${releaseLeases(tables, "array[$2::uuid]")}
select s.previous_id::text, null::integer from stored s
union all
${rejected}
select a.*, null from (${announceGone("stored.previous_id", "$8")}) a
`
}

/**
 * Stores entries with their tags and options in one step, replacing those that their keys had.
 *
 * Rows are written, and so locked, in the order of their keys: two statements with the same keys wait for each other
 * instead of deadlocking. A replaced entry gets a new id, which is what tags refer to, so its old tags stop counting at
 * once; `removeOrphans` removes them. `on conflict` works on the newest version of a row, so this holds when two
 * processes replace the same entry at once.
 *
 * A stale fill is left out: its key or a tag was cleared since its miss. That is asked before the first row is
 * locked: the advisory lock is never taken after a row's, so the two cannot deadlock.
 *
 * Arrays come through `(select …)`, which hides their length from the planner: it would plan short ones anew at each
 * call.
 *
 * $1 namespace; by entry: $2 key digests, $3 names, $4 data, $5 tag names as a JSON array, $6 seconds to live; by tag:
 * $7 digests, $8 position of its entry; $9 positions of the entries with autoInvalidate false; $10 the advisory lock,
 * null where none follows a miss; $11 digest of everything; by entry: $12 and $13 version and epoch that the miss read,
 * a negative version for no miss; $14 channel to announce on, or null. Gives the id that each has replaced, or null;
 * and null and the position of each stale fill.
 */
export const setEntries = (tables: Tables): string => `
with stale as materialized (
  select case when $10::bigint is null then '{}' else
    ${tables.staleFills}($10, $7::uuid[], $8::int4[], $2::uuid[], $11::uuid, $12::int8[], $13::int8[], $9::int4[])
  end as positions
), input as (
  select i.*
  from stale, unnest((select $2::uuid[]), (select $3::text[]), (select $4::text[]),
    (select $5::text[]), (select $6::float8[])) with ordinality as i (key_digest, key, data, tags, ttl, position)
  where i.position::integer <> all (stale.positions)
), stored as (
  insert into ${tables.entry} as e (id, namespace, key_digest, key, data, tags, expires_at)
  select ${entryId("i.position")}, $1, i.key_digest, i.key, i.data, i.tags,
    case when i.ttl = 'infinity' then 'infinity'
      else pg_catalog.statement_timestamp() + i.ttl * interval '1 second' end
  from input i
  order by i.key_digest
  ${REPLACE_ENTRY}
  returning e.key_digest, e.id, e.previous_id
), tagged as (
  insert into ${tables.tag} (tag_digest, id)
  select t.tag_digest, s.id
  from unnest((select $7::uuid[]), (select $8::int4[])) as t (tag_digest, position)
  join stored s on s.key_digest = ($2::uuid[])[t.position]
), flagged as (
  insert into ${tables.option} (id, auto_invalidate)
  select s.id, false
  from pg_catalog.unnest((select $9::int4[])) as o (position)
  join stored s on s.key_digest = ($2::uuid[])[o.position]
)${releaseLeases(tables, "(select $2::uuid[])::uuid[]")}
select s.previous_id::text, null::integer from stored s
union all
select null, p.position from stale, pg_catalog.unnest(stale.positions) as p (position)
union all
select a.*, null from (${announceGone("stored.previous_id", "$14")}) a
`

/**
 * Removes the current entries of the keys of stale fills, unless they hold the value that was to be set; locks and plans as
 * in `setEntries`. $1 namespace, $2 key digests, $3 data, $4 channel to announce on, or null. Gives the ids of the
 * entries removed, and perhaps an empty text.
 */
export const removeOutdated = ({ entry }: Tables): string => `
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
