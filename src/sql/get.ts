import { isKept, MAX_TAGGED_BYTES, MAX_TAGGED_ENTRIES } from "./fragments"
import type { Tables } from "./statement"

/** Bytes of data beyond which an entry is not read together with others. */
const LARGE_BYTES = 65_536

/** What one statement for one key, and one for several, have of their own. */
const ONE = {
  data: "e.data",
  isAsked: "e.key_digest = $2::uuid",
}
const SEVERAL = {
  data: `case when pg_catalog.octet_length(e.data) <= ${LARGE_BYTES} then e.data end as data`,
  isAsked: "e.key_digest = any((select $2::uuid[])::uuid[])",
}
/** What a near cache, and a check against clears that wait, need to know of an entry. */
const DETAILS = `, e.id::text as id,
  extract(epoch from least(e.expires_at, pg_catalog.statement_timestamp() + interval '1 minute')
    - pg_catalog.statement_timestamp())::text as seconds,
  e.tags as tags`
const NO_DETAILS = ", null as id, null as seconds, null as tags"
const IS_LIVE = "e.expires_at > pg_catalog.statement_timestamp()"

/**
 * The live entry of one key; a tenth faster than `getByKeys` for a single one.
 *
 * $1 namespace, $2 uuid key digest; where all processes share leases $3 uuid of this process, and $4 milliseconds that
 * its lease lasts. Gives name and data; on a miss null, and the read version: version and epoch of the newest record of
 * a clear (no row where there is none). With leases or a grace the sixth column says, for a miss and for an entry whose
 * TTL has ended, whether this process may load the value.
 */
export const getByKey = (tables: Tables): string => selectOne(tables, "")

/** The same with id, seconds left to live (a minute stands for more), and tags as a JSON array. */
export const getByKeyWithDetails = (tables: Tables): string =>
  selectOne(tables, DETAILS)

/**
 * Live entries by key, for many callers at once.
 *
 * $1 namespace, $2 uuid[] key digests, $3 and $4 as in `getByKey`. Gives name and data; null for data that is large and
 * must be read by itself. The caller compares the name, so that a key is never answered with another's data, whatever
 * the digests. Besides null and the read version, as `getByKey` does. With leases or a grace also a row with null and
 * the position of each key without an entry; the sixth column is as there.
 */
export const getByKeys = (tables: Tables): string => selectSeveral(tables, "")

/** The same with details, as `getByKeyWithDetails` has them. */
export const getByKeysWithDetails = (tables: Tables): string =>
  selectSeveral(tables, DETAILS)

function selectOne(tables: Tables, details: string): string {
  const lease = takeLease(tables, "$2::uuid")
  return hasLeases(tables)
    ? `
${entries(tables, ONE, `${details || NO_DETAILS}, case when not ${IS_LIVE} then ${lease} end`)}
union all
${readVersion(tables, `${NO_DETAILS}, ${lease}`)}
limit 1
`
    : `
${entries(tables, ONE, details)}
union all
${readVersion(tables, details && NO_DETAILS)}
limit 1
`
}

function selectSeveral(tables: Tables, details: string): string {
  if (!hasLeases(tables)) {
    return `
${entries(tables, SEVERAL, details)}
union all
${readVersion(tables, details && NO_DETAILS)}
`
  }
  // Leases are taken in the order of the keys, so that two processes do not deadlock.
  return `
with found as materialized ${entries(tables, SEVERAL, `${details || NO_DETAILS}, e.key_digest, ${IS_LIVE} as is_live`)},
leased as materialized (
  select a.key_digest, a.position, ${takeLease(tables, "a.key_digest")} as is_taken
  from (
    select k.key_digest, k.position
    from pg_catalog.unnest((select $2::uuid[])) with ordinality as k (key_digest, position)
    where not exists (select from found f where f.key_digest = k.key_digest and f.is_live)
    order by k.key_digest
  ) a
)
select f.key, f.data, f.id, f.seconds, f.tags,
  (select l.is_taken from leased l where l.key_digest = f.key_digest)
from found f
union all
${readVersion(tables, `${NO_DETAILS}, null`)}
union all
select null, l.position::text${NO_DETAILS}, l.is_taken
from leased l
where not exists (select from found f where f.key_digest = l.key_digest)
`
}

function entries(tables: Tables, keys: typeof ONE, columns: string): string {
  return `(select e.key, ${keys.data}${columns}
from ${tables.entry} e
where e.namespace = $1
  and ${keys.isAsked}
  and ${isKept(tables)}
  and ${isVisible(tables)})`
}

function readVersion({ invalidation }: Tables, columns: string): string {
  return `(select null, pg_catalog.concat(i.version, ' ', i.epoch)${columns}
from ${invalidation} i order by i.version desc limit 1)`
}

function hasLeases({ sharedLeases, graceSeconds }: Tables): boolean {
  return sharedLeases || graceSeconds > 0
}

/** Takes the lease of a key, unless another process has it. Without shared leases this process decides by itself. */
function takeLease(
  { sharedLeases, takeLease: take }: Tables,
  digest: string
): string {
  return sharedLeases ? `${take}(${digest}, $3::uuid, $4::float8)` : "true"
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
 * $1 namespace, $2 uuid[] tag digests. Gives data, name and tags, and on one of several servers the time of the set, in
 * seconds since 1970: ids of two servers have no order. Entries that hold null are left out: in a list they
 * would look like holes. Where there are too many entries or bytes, gives rows with null for data instead.
 */
export const getByTags = (tables: Tables): string => `
select case when f.entries <= ${MAX_TAGGED_ENTRIES} and f.bytes <= ${MAX_TAGGED_BYTES} then f.data end, f.key, f.tags${tables.isOneOfSeveral ? ", extract(epoch from f.created_at)::text" : ""}
from (
  select e.*, pg_catalog.count(*) over () as entries,
    pg_catalog.sum(pg_catalog.octet_length(e.data)) over () as bytes
  from (
    select e.id, e.data, e.key, e.tags${tables.isOneOfSeveral ? ", e.created_at" : ""}
    from ${tables.entry} e
    where (e.namespace = $1) is true
      and e.id = any(array(select t.id from ${tables.tag} t where t.tag_digest = any((select $2::uuid[])::uuid[])))
      and e.expires_at > pg_catalog.statement_timestamp()
      and e.data <> 'null'
      and ${isVisible(tables)}
    limit ${MAX_TAGGED_ENTRIES + 1}
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
