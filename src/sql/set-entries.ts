import { REPLACE_ENTRY } from "./replace-entry"
import { statement } from "./statement"
import type { Tables } from "./tables"

/**
 * Stores entries with their tags in one step, replacing what stood under their keys.
 *
 * Rows are written, and so locked, in the order of their keys: two statements with the same keys
 * wait for each other instead of deadlocking. A replaced entry gets a new id, which is what tags
 * refer to, so its old tags stop counting at once; `tidy` removes them. `on conflict` works on the
 * newest version of a row, so this holds when two processes replace the same entry at once.
 *
 * Arrays come through `(select …)`, which hides their length from the planner: it would plan short ones
 * anew at each call.
 *
 * $1 namespace; by entry: $2 uuid[] key digests, $3 text[] names, $4 text[] data, $5 text[] tag
 * names as a JSON array, $6 float8[] seconds to live; by tag: $7 uuid[] digests, $8 int4[]
 * position of its entry. Gives the ids that were replaced.
 */
export const setEntries = statement(
  "set_entries",
  (tables) => `
with ${storeEntries(tables)}
select s.previous_id from stored s where s.previous_id is not null
`
)

/**
 * The same for entries of which some have options; $9 int4[]: the positions of those that are not to be
 * invalidated automatically.
 */
export const setEntriesWithOptions = statement(
  "set_entries_with_options",
  (tables) => `
with ${storeEntries(tables)}, flagged as (
  insert into ${tables.option} (id, auto_invalidate)
  select s.id, false
  from unnest((select $9::int4[])) as o (position)
  join stored s on s.key = ($2::uuid[])[o.position]
)
select s.previous_id from stored s where s.previous_id is not null
`
)

function storeEntries({ entry, tag }: Tables): string {
  return `
input as (
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
  ${REPLACE_ENTRY}
  returning e.key, e.id, e.previous_id
), tagged as (
  insert into ${tag} (tag, id)
  select t.tag, s.id
  from unnest((select $7::uuid[]), (select $8::int4[])) as t (tag, position)
  join stored s on s.key = ($2::uuid[])[t.position]
)`.trimStart()
}
