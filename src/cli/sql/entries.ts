import type { Tables } from "../../sql/statement"

/** Columns of an entry `e`, named as in the JSON output. Subtracting from infinity fails, hence nullif. */
const COLUMNS = `
  e.key,
  e.created_at as "setAt",
  nullif(e.expires_at, 'infinity') as "expiresAt",
  extract(epoch from nullif(e.expires_at, 'infinity') - pg_catalog.statement_timestamp())::float8 as "secondsLeft",
  e.expires_at <= pg_catalog.statement_timestamp() as expired,
  pg_catalog.octet_length(e.data) as bytes,
  pg_catalog.pg_column_size(e.data) + pg_catalog.pg_column_size(e.key) + pg_catalog.pg_column_size(e.tags) as "storedBytes"`

/** Entries of a namespace, live or expired. $1 namespace, $2 limit. */
const list = ({ entry }: Tables, order: string, condition = "") => `
select ${COLUMNS}
from ${entry} e
where e.namespace = $1 ${condition}
order by ${order}
limit $2`

const NEWEST = "e.created_at desc, e.id desc"
const OLDEST = "e.created_at, e.id"
/** By the length of the JSON, which PostgreSQL knows without decompressing it. */
const LARGEST = "pg_catalog.octet_length(e.data) desc, e.id desc"
export const listNewest = (tables: Tables): string => list(tables, NEWEST)
export const listOldest = (tables: Tables): string => list(tables, OLDEST)
export const listLargest = (tables: Tables): string => list(tables, LARGEST)

const tagged = ({ tag }: Tables) =>
  `and e.id = any(array(select t.id from ${tag} t where t.tag_digest = any($3::uuid[])))`

/** $3 uuid[] tag digests. */
export const listTagged = (tables: Tables): string =>
  list(tables, NEWEST, tagged(tables))

/** The entry of a key, live or expired. $1 namespace, $2 uuid key digest, $3 the key's canonical name. */
export const findEntry = ({ entry, option }: Tables): string => `
select ${COLUMNS},
  e.tags,
  coalesce((select o.auto_invalidate from ${option} o where o.id = e.id), true) as "autoInvalidate",
  e.data
from ${entry} e
where e.namespace = $1
  and e.key_digest = $2::uuid
  and e.key = $3`

/** How many entries a namespace has. $1 namespace. */
export const countNamespace = ({ entry }: Tables): string => `
select pg_catalog.count(*)::float8 as entries from ${entry} e where e.namespace = $1`

/** How many entries match. $1 namespace, $2 boolean: without exempt entries. */
const countMatching = ({ entry, option }: Tables, condition: string) => `
select pg_catalog.count(*)::float8 as entries
from ${entry} e
left join ${option} o on o.id = e.id
where e.namespace = $1 ${condition}
  and not ($2::boolean and o.auto_invalidate is false)`

/** $3 uuid key digest. */
export const countKeyed = (tables: Tables): string =>
  countMatching(tables, "and e.key_digest = $3::uuid")

/** $3 uuid[] tag digests. */
export const countTagged = (tables: Tables): string =>
  countMatching(tables, tagged(tables))

/** How many entries of all namespaces have expired and are not swept yet. */
export const countExpired = ({ entry }: Tables): string => `
select pg_catalog.count(*)::float8 as entries from ${entry} e where e.expires_at <= pg_catalog.statement_timestamp()`

/**
 * The namespaces that have entries; none if namespace $1 has entries itself. Skips through the index from one
 * namespace to the next, however many entries each has. $2 limit.
 */
export const listOtherNamespaces = ({ entry }: Tables): string => `
with recursive found (name) as (
  (select e.namespace from ${entry} e order by e.namespace limit 1)
  union all
  select (
    select e.namespace from ${entry} e where e.namespace > f.name order by e.namespace limit 1
  )
  from found f
  where f.name is not null
)
select f.name
from found f
where f.name is not null
  and not exists (select from ${entry} e where e.namespace = $1)
limit $2`
