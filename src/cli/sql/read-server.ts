import { statement } from "../../sql/statement"

/** The server's version and the settings that decide whether it vacuums by itself. */
export const readServer = statement(
  "read_server",
  () => `
select current_setting('server_version_num')::int as version_num,
  current_setting('server_version') as version,
  current_setting('autovacuum')::boolean as autovacuum,
  current_setting('track_counts')::boolean as track_counts
`
)
