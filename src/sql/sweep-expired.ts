import { statement } from "./statement"

/**
 * Removes a batch of expired entries of every namespace, if no other process is sweeping.
 *
 * The election is an advisory lock of this one transaction: it works behind a transaction-mode
 * pooler and ends with the connection when a process dies. `skip locked` never waits for a set or
 * clear, and `for update` checks the expiry again on the row's newest version, so an entry
 * rewritten meanwhile survives.
 *
 * $1 bigint: the lock, $2 entries a batch. Gives the number of entries removed.
 */
export const sweepExpired = statement(
  "sweep_expired",
  ({ entry, tag, option }) => `
with election as materialized (
  select pg_try_advisory_xact_lock($1::bigint) as won
), doomed as materialized (
  select e.id
  from ${entry} e
  where e.expires_at <= statement_timestamp()
    and (select won from election)
  order by e.expires_at
  limit $2
  for update skip locked
), deleted as (
  delete from ${entry} e
  where e.id = any(array(select d.id from doomed d))
), untagged as (
  delete from ${tag} t where t.id = any(array(select d.id from doomed d))
), unflagged as (
  delete from ${option} o where o.id = any(array(select d.id from doomed d))
)
select count(*) from doomed
`
)
