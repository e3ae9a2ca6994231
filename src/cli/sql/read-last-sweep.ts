import { statement } from "../../sql/statement"

/** How many seconds ago the last run of the sweep began. */
export const readLastSweep = statement(
  "read_last_sweep",
  ({ sweep }) => `
select extract(epoch from pg_catalog.clock_timestamp() - w.began_at)::float8 as seconds_ago from ${sweep} w
`
)
