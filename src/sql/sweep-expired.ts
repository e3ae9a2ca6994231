import { deleteDoomed } from "./delete-doomed"
import { statement } from "./statement"

/**
 * Removes a batch of expired entries of every namespace, if no other process is sweeping.
 *
 * The election is an advisory lock of this one transaction: it works behind a transaction-mode
 * pooler and ends with the connection when a process dies. `skip locked` never waits for a set or
 * clear, and `for update` checks the expiry again on the row's newest version, so an entry
 * rewritten meanwhile survives.
 *
 * $1 bigint: the lock, $2 entries a batch. Gives the number of entries removed, and
 * whether this process was the one elected.
 */
export const sweepExpired = statement(
  "sweep_expired",
  (tables) => `
with election as materialized (
  select pg_try_advisory_xact_lock($1::bigint) as won
), doomed as materialized (
  select e.id
  from ${tables.entry} e
  where e.expires_at <= statement_timestamp()
    and (select won from election)
  order by e.expires_at
  limit $2
  for update skip locked
), ${deleteDoomed(tables)}
select count(*), (select won from election) from doomed
`
)
