import { isVisible } from "./fragments"
import { statement, type Tables } from "./statement"

/** Bytes of data beyond which an entry is not read together with others. */
export const LARGE_BYTES = 65_536

/** What a near cache, and a check against clears that wait, need to know of an entry. */
const DETAILS = `, e.id::text,
  extract(epoch from least(e.expires_at, pg_catalog.statement_timestamp() + interval '1 minute')
    - pg_catalog.statement_timestamp())::text,
  e.tags`
const NO_DETAILS = ", null, null, null"

/**
 * The live entry of one key; a tenth faster than `getByKeys` for a single one.
 *
 * $1 namespace, $2 uuid key digest. Gives name and data; on a miss null, and the read version: version and epoch of
 * the newest record of a clear (no row where there is none).
 */
export const getByKey = statement("get_by_key", (tables) =>
  selectOne(tables, "", "")
)

/** The same with id, seconds left to live (a minute stands for more), and tags as a JSON array. */
export const getByKeyWithDetails = statement(
  "get_by_key_with_details",
  (tables) => selectOne(tables, DETAILS, NO_DETAILS)
)

/**
 * Live entries by key, for many callers at once.
 *
 * $1 namespace, $2 uuid[] key digests. Gives name and data; null for data that is large and must be read by itself.
 * The caller compares the name, so that a key is never answered with another's data, whatever the digests.
 * Besides null and the read version, as `getByKey` does.
 */
export const getByKeys = statement("get_by_keys", (tables) =>
  selectSeveral(tables, "", "")
)

/** The same with details, as `getByKeyWithDetails` has them. */
export const getByKeysWithDetails = statement(
  "get_by_keys_with_details",
  (tables) => selectSeveral(tables, DETAILS, NO_DETAILS)
)

function selectOne(tables: Tables, details: string, noDetails: string): string {
  return `
(select e.key, e.data${details}
from ${tables.entry} e
where e.namespace = $1
  and e.key_digest = $2::uuid
  and e.expires_at > pg_catalog.statement_timestamp()
  and ${isVisible(tables)})
union all
${readVersion(tables, noDetails)}
limit 1
`
}

function selectSeveral(
  tables: Tables,
  details: string,
  noDetails: string
): string {
  return `
select e.key, case when pg_catalog.octet_length(e.data) <= ${LARGE_BYTES} then e.data end${details}
from ${tables.entry} e
where e.namespace = $1
  and e.key_digest = any((select $2::uuid[])::uuid[])
  and e.expires_at > pg_catalog.statement_timestamp()
  and ${isVisible(tables)}
union all
${readVersion(tables, noDetails)}
`
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
