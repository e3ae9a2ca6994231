import { deleteDoomed } from "./delete-doomed"
import { elect } from "./elect"
import { statement } from "./statement"

/**
 * Removes a batch of expired entries of every namespace, if no other process is sweeping.
 *
 * `skip locked` never waits for a set or clear, and `for update` checks the expiry again on the row's
 * newest version, so an entry rewritten meanwhile survives.
 *
 * $1 bigint: the lock, $2 entries a batch. Gives the number of entries removed, and
 * whether this process was the one elected.
 */
export const sweepExpired = statement(
  "sweep_expired",
  (tables) => `
with ${elect("$1")}, doomed as materialized (
  select e.id
  from ${tables.entry} e
  where e.expires_at <= pg_catalog.statement_timestamp()
    and (select won from election)
  order by e.expires_at
  limit $2
  for update skip locked
), ${deleteDoomed(tables)}
select pg_catalog.count(*), (select won from election) from doomed
`
)
