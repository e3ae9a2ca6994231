import { statement } from "../../sql/statement"

/** How many entries a namespace has. $1 namespace. */
export const countNamespace = statement(
  "count_namespace",
  ({ entry }) => `
select pg_catalog.count(*)::float8 as entries from ${entry} e where e.namespace = $1
`
)
