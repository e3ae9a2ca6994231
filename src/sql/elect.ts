/**
 * A step `election (won)`: whether this process is the one that may sweep. The lock belongs to this one transaction: it
 * works behind a transaction-mode pooler and ends with the connection when a process dies.
 *
 * @param lock the parameter with its number
 */
export function elect(lock: string): string {
  return `
election as materialized (
  select pg_catalog.pg_try_advisory_xact_lock(${lock}::bigint) as won
)`.trimStart()
}
