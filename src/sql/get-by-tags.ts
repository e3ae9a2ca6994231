import { statement } from "./statement"
import { isVisible } from "./fragments"

/** A get by tags that finds more entries than this, or more bytes of JSON, is a miss. */
export const MOST_TAGGED_ENTRIES = 10_000
export const MOST_TAGGED_BYTES = 32 * 1024 * 1024

/**
 * Each live entry that has any of the tags, once, oldest first.
 *
 * `is true` keeps the planner from the index by namespace: before the first ANALYZE it would read all entries of the
 * namespace there, and combine them with the few that have a tag.
 *
 * $1 namespace, $2 uuid[] tag digests. Gives data, name and tags. Entries that hold null are left out: in a list they
 * would look like holes. Where there are too many entries or bytes, gives rows with null for data instead.
 */
export const getByTags = statement(
  "get_by_tags",
  (tables) => `
select case when f.entries <= ${MOST_TAGGED_ENTRIES} and f.bytes <= ${MOST_TAGGED_BYTES} then f.data end, f.key, f.tags
from (
  select e.*, pg_catalog.count(*) over () as entries,
    pg_catalog.sum(pg_catalog.octet_length(e.data)) over () as bytes
  from (
    select e.id, e.data, e.key, e.tags
    from ${tables.entry} e
    where (e.namespace = $1) is true
      and e.id = any(array(select t.id from ${tables.tag} t where t.tag_digest = any((select $2::uuid[])::uuid[])))
      and e.expires_at > pg_catalog.statement_timestamp()
      and e.data <> 'null'
      and ${isVisible(tables)}
    limit ${MOST_TAGGED_ENTRIES + 1}
  ) e
) f
order by f.id
`
)
