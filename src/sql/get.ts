import { MOST_TAGGED_BYTES, MOST_TAGGED_ENTRIES } from "./fragments"
import type { Tables } from "./statement"

/** Bytes of data beyond which an entry is not read together with others. */
const LARGE_BYTES = 65_536

/** What one statement for one key, and one for several, have of their own. */
const ONE = {
  data: "e.data",
  isAsked: "e.key_digest = $2::uuid",
  limit: "limit 1",
}
const SEVERAL = {
  data: `case when pg_catalog.octet_length(e.data) <= ${LARGE_BYTES} then e.data end`,
  isAsked: "e.key_digest = any((select $2::uuid[])::uuid[])",
  limit: "",
}
/** What a near cache, and a check against clears that wait, need to know of an entry. */
const DETAILS = `, e.id::text,
  extract(epoch from least(e.expires_at, pg_catalog.statement_timestamp() + interval '1 minute')
    - pg_catalog.statement_timestamp())::text,
  e.tags`

/**
 * The live entry of one key; a tenth faster than `getByKeys` for a single one.
 *
 * $1 namespace, $2 uuid key digest. Gives name and data; on a miss null, and the read version: version and epoch of
 * the newest record of a clear (no row where there is none).
 */
export const getByKey = (tables: Tables): string => select(tables, ONE, "")

/** The same with id, seconds left to live (a minute stands for more), and tags as a JSON array. */
export const getByKeyWithDetails = (tables: Tables): string =>
  select(tables, ONE, DETAILS)

/**
 * Live entries by key, for many callers at once.
 *
 * $1 namespace, $2 uuid[] key digests. Gives name and data; null for data that is large and must be read by itself.
 * The caller compares the name, so that a key is never answered with another's data, whatever the digests.
 * Besides null and the read version, as `getByKey` does.
 */
export const getByKeys = (tables: Tables): string => select(tables, SEVERAL, "")

/** The same with details, as `getByKeyWithDetails` has them. */
export const getByKeysWithDetails = (tables: Tables): string =>
  select(tables, SEVERAL, DETAILS)

function select(tables: Tables, keys: typeof ONE, details: string): string {
  return `
(select e.key, ${keys.data}${details}
from ${tables.entry} e
where e.namespace = $1
  and ${keys.isAsked}
  and e.expires_at > pg_catalog.statement_timestamp()
  and ${isVisible(tables)})
union all
(select null, pg_catalog.concat(i.version, ' ', i.epoch)${details && ", null, null, null"}
from ${tables.invalidation} i order by i.version desc limit 1)
${keys.limit}
`
}

/**
 * Condition of a read: an entry `e` that a large clear has left to be removed is not there. While no such clear is
 * under way, a look into an empty index is all that this costs.
 */
function isVisible({ invalidation, isInvalidated }: Tables): string {
  return `(not exists (select from ${invalidation} i where i.removing_from is not null)
    or not ${isInvalidated}(e.id, e.namespace, e.key_digest))`
}

/**
 * Each live entry that has any of the tags, once, oldest first.
 *
 * `is true` keeps the planner from the index by namespace: before the first ANALYZE it would read all entries of the
 * namespace there, and combine them with the few that have a tag.
 *
 * $1 namespace, $2 uuid[] tag digests. Gives data, name and tags. Entries that hold null are left out: in a list they
 * would look like holes. Where there are too many entries or bytes, gives rows with null for data instead.
 */
export const getByTags = (tables: Tables): string => `
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

/**
 * Reads the tables that every get reads, and says whether the server takes writes: one that does not may be the
 * former primary, and would answer with what others have cleared on the new one.
 *
 * $1 namespace. Gives whether transactions are read-only.
 */
export const probe = ({ entry, invalidation }: Tables): string => `
select pg_catalog.current_setting('transaction_read_only')
where not exists (
    select from ${entry} e where e.namespace = $1 and e.key_digest = '00000000-0000-0000-0000-000000000000')
  and not exists (select from ${invalidation} i where i.version < 0)
`
