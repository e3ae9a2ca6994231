import { type Statement, statement } from "../../sql/statement"
import type { Tables } from "../../sql/tables"

/** Columns of an entry `e`, named as in the JSON output. Subtracting from infinity fails, hence nullif. */
const COLUMNS = `
  e.key,
  e.created_at as "setAt",
  nullif(e.expires_at, 'infinity') as "expiresAt",
  extract(epoch from nullif(e.expires_at, 'infinity') - pg_catalog.statement_timestamp())::float8 as "secondsLeft",
  e.expires_at <= pg_catalog.statement_timestamp() as expired,
  pg_catalog.octet_length(e.data) as bytes,
  pg_catalog.pg_column_size(e.data) + pg_catalog.pg_column_size(e.key) + pg_catalog.pg_column_size(e.tags) as "storedBytes"`

const TAGGED = ({ tag }: Tables) =>
  `and e.id = any(array(select t.id from ${tag} t where t.tag_digest = any($2::uuid[])))`

/** Entries of a namespace, live or expired. $1 namespace, last parameter: the limit. */
function list(
  name: string,
  order: string,
  condition: (tables: Tables) => string = () => "",
  limit = "$2"
): (tables: Tables) => Statement {
  return statement(
    name,
    (tables) => `
select ${COLUMNS}
from ${tables.entry} e
where e.namespace = $1 ${condition(tables)}
order by ${order}
limit ${limit}
`
  )
}

const NEWEST = "e.created_at desc, e.id desc"
export const listNewest = list("list_newest", NEWEST)
export const listOldest = list("list_oldest", "e.created_at, e.id")
/** By the length of the JSON, which PostgreSQL knows without decompressing it. */
export const listLargest = list(
  "list_largest",
  "pg_catalog.octet_length(e.data) desc, e.id desc"
)
/** $2 uuid[] tag digests, $3 limit. */
export const listTagged = list("list_tagged", NEWEST, TAGGED, "$3")

/** The entry of a key, live or expired. $1 namespace, $2 uuid key digest, $3 the key's canonical name. */
export const findEntry = statement(
  "find_entry",
  ({ entry, option }) => `
select ${COLUMNS},
  e.tags,
  coalesce((select o.auto_invalidate from ${option} o where o.id = e.id), true) as "autoInvalidate",
  e.data
from ${entry} e
where e.namespace = $1
  and e.key_digest = $2::uuid
  and e.key = $3
`
)

/** How many entries a namespace has. $1 namespace. */
export const countNamespace = statement(
  "count_namespace",
  ({ entry }) => `
select pg_catalog.count(*)::float8 as entries from ${entry} e where e.namespace = $1
`
)

/** How many entries match. $1 namespace, $3 boolean: without exempt entries. */
function countMatching(
  name: string,
  condition: (tables: Tables) => string
): (tables: Tables) => Statement {
  return statement(
    name,
    (tables) => `
select pg_catalog.count(*)::float8 as entries
from ${tables.entry} e
left join ${tables.option} o on o.id = e.id
where e.namespace = $1 ${condition(tables)}
  and not ($3::boolean and o.auto_invalidate is false)
`
  )
}

/** $2 uuid key digest. */
export const countKeyed = countMatching(
  "count_keyed",
  () => "and e.key_digest = $2::uuid"
)
/** $2 uuid[] tag digests. */
export const countTagged = countMatching("count_tagged", TAGGED)

/** How many entries of all namespaces have expired and are not swept yet. */
export const countExpired = statement(
  "count_expired",
  ({ entry }) => `
select pg_catalog.count(*)::float8 as entries from ${entry} e where e.expires_at <= pg_catalog.statement_timestamp()
`
)

/**
 * The namespaces that have entries; none if namespace $1 has entries itself. Skips through the index from one
 * namespace to the next, however many entries each has. $2 limit.
 */
export const listOtherNamespaces = statement(
  "list_other_namespaces",
  ({ entry }) => `
with recursive found (namespace) as (
  (select e.namespace from ${entry} e order by e.namespace limit 1)
  union all
  select (
    select e.namespace from ${entry} e where e.namespace > f.namespace order by e.namespace limit 1
  )
  from found f
  where f.namespace is not null
)
select f.namespace
from found f
where f.namespace is not null
  and not exists (select from ${entry} e where e.namespace = $1)
limit $2
`
)
