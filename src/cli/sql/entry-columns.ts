/** What is told of an entry `e`. An interval cannot be taken from infinity, so that becomes null. */
export const ENTRY_COLUMNS = `
  e.key,
  e.created_at,
  nullif(e.expires_at, 'infinity') as expires_at,
  extract(epoch from nullif(e.expires_at, 'infinity') - pg_catalog.statement_timestamp())::float8 as seconds_left,
  pg_catalog.octet_length(e.data) as bytes,
  pg_catalog.pg_column_size(e.data) + pg_catalog.pg_column_size(e.key) + pg_catalog.pg_column_size(e.tags) as stored_bytes`.trim()
