import type { Tables } from "../sql/statement"

/** Columns of an entry `e`, named as in the JSON output. Subtracting from infinity fails, hence nullif. */
const COLUMNS = `
  e.key,
  e.created_at as "setAt",
  nullif(e.expires_at, 'infinity') as "expiresAt",
  extract(epoch from nullif(e.expires_at, 'infinity') - pg_catalog.statement_timestamp())::float8 as "secondsLeft",
  e.expires_at <= pg_catalog.statement_timestamp() as expired,
  pg_catalog.octet_length(e.data) as bytes,
  pg_catalog.pg_column_size(e.data) + pg_catalog.pg_column_size(e.key) + pg_catalog.pg_column_size(e.tags) as "storedBytes"`

/**
 * Entries, live or expired, of namespace $1: that of key $2 (uuid, its digest) or those with any of the tags $3 (uuid[],
 * their digests); all where both are null. PostgreSQL plans with the values, as if the other condition was not there.
 */
const selected = ({ tag }: Tables) => `
where e.namespace = $1
  and ($2::uuid is null or e.key_digest = $2::uuid)
  and ($3::uuid[] is null
    or e.id = any(array(select t.id from ${tag} t where t.tag_digest = any($3::uuid[]))))`

/** $1 to $3 as in `selected`, $4 limit. */
const list = (tables: Tables, order: string) => `
select ${COLUMNS}
from ${tables.entry} e
${selected(tables)}
order by ${order}
limit $4`

export const listNewest = (tables: Tables): string =>
  list(tables, "e.created_at desc, e.id desc")
export const listOldest = (tables: Tables): string =>
  list(tables, "e.created_at, e.id")
/** By the length of the JSON, which PostgreSQL knows without decompressing it. */
export const listLargest = (tables: Tables): string =>
  list(tables, "pg_catalog.octet_length(e.data) desc, e.id desc")

/** $1 to $3 as in `selected`. */
export const readEntry = (tables: Tables): string => `
select ${COLUMNS},
  e.tags,
  coalesce((select o.auto_invalidate from ${tables.option} o where o.id = e.id), true) as "autoInvalidate",
  e.data
from ${tables.entry} e
${selected(tables)}`

/** $1 to $3 as in `selected`, $4 boolean: without exempt entries. */
export const countEntries = (tables: Tables): string => `
select pg_catalog.count(*)::float8 as entries
from ${tables.entry} e
${selected(tables)}
  and not ($4::boolean and exists (select from ${tables.option} o where o.id = e.id and not o.auto_invalidate))`

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
