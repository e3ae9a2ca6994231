import { statement } from "./statement"

/**
 * Reads the tables that every get reads, and says whether the server takes writes: one that does not may be the
 * former primary, and would answer with what others have cleared on the new one.
 *
 * $1 namespace. Gives whether transactions are read-only.
 */
export const probe = statement(
  "probe",
  ({ entry, invalidation }) => `
select pg_catalog.current_setting('transaction_read_only')
where not exists (
    select from ${entry} e where e.namespace = $1 and e.key_digest = '00000000-0000-0000-0000-000000000000')
  and not exists (select from ${invalidation} i where i.version < 0)
`
)
