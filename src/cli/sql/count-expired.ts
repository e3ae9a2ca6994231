import { statement } from "../../sql/statement"

/** How many entries of all namespaces have expired and wait for the sweep. */
export const countExpired = statement(
  "count_expired",
  ({ entry }) => `
select pg_catalog.count(*)::float8 as entries from ${entry} e where e.expires_at <= pg_catalog.statement_timestamp()
`
)
