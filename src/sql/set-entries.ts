import { statement } from "./statement"

/**
 * Stores entries with their tags and options in one step, replacing what stood under their keys.
 *
 * Rows are written, and so locked, in the order of their keys: two statements with the same keys
 * wait for each other instead of deadlocking. A replaced entry gets a new id, which is what its
 * tags refer to; previous_id tells which tags to remove. `on conflict` works on the newest version
 * of a row, so this holds when two processes replace the same entry at once; tags that were stored
 * after this statement began are out of its sight, belong to no entry any more, and fall to the
 * sweep.
 *
 * $1 namespace; by entry: $2 uuid[] key digests, $3 text[] names, $4 text[] data, $5 text[] tag
 * names as a JSON array, $6 float8[] seconds to live; by tag: $7 uuid[] digests, $8 int4[]
 * position of its entry; $9 int4[] positions of the entries not to be invalidated automatically.
 */
export const setEntries = statement(
  "set_entries",
  ({ entry, tag, option }) => `
with input as (
  select *
  from unnest((select $2::uuid[]), (select $3::text[]), (select $4::text[]),
    (select $5::text[]), (select $6::float8[])) as i (key, name, data, tags, ttl)
), stored as (
  insert into ${entry} as e (namespace, key, name, data, tags, expires_at)
  select $1, i.key, i.name, i.data, i.tags,
    case when i.ttl = 'infinity' then 'infinity'
      else statement_timestamp() + i.ttl * interval '1 second' end
  from input i
  order by i.key
  on conflict (namespace, key) do update set
    previous_id = e.id,
    id = excluded.id,
    name = excluded.name,
    data = excluded.data,
    tags = excluded.tags,
    created_at = excluded.created_at,
    expires_at = excluded.expires_at
  returning e.key, e.id, e.previous_id
), tagged as (
  insert into ${tag} (tag, id)
  select t.tag, s.id
  from unnest((select $7::uuid[]), (select $8::int4[])) as t (tag, position)
  join stored s on s.key = ($2::uuid[])[t.position]
), untagged as (
  delete from ${tag} t where t.id = any(array(select s.previous_id from stored s))
), flagged as (
  insert into ${option} (id, auto_invalidate)
  select s.id, false
  from unnest((select $9::int4[])) as o (position)
  join stored s on s.key = ($2::uuid[])[o.position]
), unflagged as (
  delete from ${option} o where o.id = any(array(select s.previous_id from stored s))
)
select
`
)
