import { statement } from "../../sql/statement"

/**
 * The namespaces that have entries, where the one asked for has none; no rows where it has some. Walks the index
 * from one namespace to the next, however many entries each has.
 *
 * $1 namespace, $2 how many at most.
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
