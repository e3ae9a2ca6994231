import { isVisible } from "./fragments"
import { giveLeases, isKept, takeLease } from "./lease"
import { type Features, statement, type Tables } from "./statement"

/** Bytes of data beyond which an entry is not read together with others. */
export const LARGE_BYTES = 65_536

/** What a near cache, and a check against clears that wait, need to know of an entry. */
const DETAILS = `, e.id::text as id,
  extract(epoch from least(e.expires_at, pg_catalog.statement_timestamp() + interval '1 minute')
    - pg_catalog.statement_timestamp())::text as seconds,
  e.tags as tags`
const NO_DETAILS = ", null as id, null as seconds, null as tags"

type Details = "with details" | "without details"

const IS_LIVE = "e.expires_at > pg_catalog.statement_timestamp()"

/**
 * The live entry of one key; a tenth faster than `getByKeys` for a single one.
 *
 * $1 namespace, $2 uuid key digest; with leases that all processes share also $3 uuid of this process, and $4 float8
 * milliseconds of a lease. Gives name and data; on a miss null, and the read version: version and epoch of
 * the newest record of a clear (no row where there is none). With leases or a grace the last column says, for a miss
 * and for an entry whose TTL has ended, whether this process may load the value.
 */
export const getByKey = statement("get_by_key", (tables, features) =>
  selectOne(tables, features, "without details")
)

/** The same with id, seconds left to live (a minute stands for more), and tags as a JSON array. */
export const getByKeyWithDetails = statement(
  "get_by_key_with_details",
  (tables, features) => selectOne(tables, features, "with details")
)

/**
 * Live entries by key, for many callers at once.
 *
 * $1 namespace, $2 uuid[] key digests, $3 and $4 as in `getByKey`. Gives name and data; null for data that is large
 * and must be read by itself. The caller compares the name, so that a key is never answered with another's data,
 * whatever the digests. Besides null and the read version, as `getByKey` does. With leases or a grace the last column
 * is as there, and further rows have null, the position of a key without an entry, and that column.
 */
export const getByKeys = statement("get_by_keys", (tables, features) =>
  selectSeveral(tables, features, "without details")
)

/** The same with details, as `getByKeyWithDetails` has them. */
export const getByKeysWithDetails = statement(
  "get_by_keys_with_details",
  (tables, features) => selectSeveral(tables, features, "with details")
)

function selectOne(
  tables: Tables,
  features: Features,
  details: Details
): string {
  const { entry } = tables
  const [ofEntry, ofMiss] = columns(features, details)
  const lease = takeLease(tables, features, "$2::uuid")
  const [leaseOfEntry, leaseOfMiss] = giveLeases(features)
    ? [`, case when not ${IS_LIVE} then ${lease} end`, `, ${lease}`]
    : ["", ""]
  return `
(select e.key, e.data${ofEntry}${leaseOfEntry}
from ${entry} e
where e.namespace = $1
  and e.key_digest = $2::uuid
  and ${isKept(features)}
  and ${isVisible(tables)})
union all
${readVersion(tables, ofMiss + leaseOfMiss)}
limit 1
`
}

function selectSeveral(
  tables: Tables,
  features: Features,
  details: Details
): string {
  const [ofEntry, ofMiss] = columns(features, details)
  const found = (more: string) => `
select e.key, case when pg_catalog.octet_length(e.data) <= ${LARGE_BYTES} then e.data end as data${ofEntry}${more}
from ${tables.entry} e
where e.namespace = $1
  and e.key_digest = any((select $2::uuid[])::uuid[])
  and ${isKept(features)}
  and ${isVisible(tables)}`
  if (!giveLeases(features)) {
    return `${found("")}
union all
${readVersion(tables, ofMiss)}
`
  }
  // Leases are taken in the order of the keys, so that two processes do not deadlock.
  return `
with found as materialized (${found(`, e.key_digest, ${IS_LIVE} as is_live`)}
), leased as materialized (
  select a.key_digest, a.position, ${takeLease(tables, features, "a.key_digest")} as is_taken
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

/** The columns of an entry after its data, and those of a miss in their place; with leases always the same number. */
function columns(features: Features, details: Details): [string, string] {
  if (details === "with details") {
    return [DETAILS, NO_DETAILS]
  }
  return giveLeases(features) ? [NO_DETAILS, NO_DETAILS] : ["", ""]
}

function readVersion({ invalidation }: Tables, more: string): string {
  return `(select null, pg_catalog.concat(i.version, ' ', i.epoch)${more}
from ${invalidation} i order by i.version desc limit 1)`
}

/**
 * Reads the tables that every get reads, and says whether the server takes writes: one that does not may be the
 * former primary, and would answer with what others have cleared on the new one.
 *
 * $1 namespace. Gives whether transactions are read-only.
 */
export const probe = statement(
  "probe",
  ({ entry, invalidation }) => `
select pg_catalog.current_setting('transaction_read_only')
where not exists (
    select from ${entry} e where e.namespace = $1 and e.key_digest = '00000000-0000-0000-0000-000000000000')
  and not exists (select from ${invalidation} i where i.version < 0)
`
)
