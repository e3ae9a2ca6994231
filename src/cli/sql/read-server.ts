import { statement } from "../../sql/statement"

/** The server's version and the settings that decide whether it vacuums by itself. */
export const readServer = statement(
  "read_server",
  () => `
select pg_catalog.current_setting('server_version_num')::int as version_num,
  pg_catalog.current_setting('server_version') as version,
  pg_catalog.current_setting('autovacuum')::boolean as autovacuum,
  pg_catalog.current_setting('track_counts')::boolean as track_counts
`
)
