import { statement, type Tables } from "./statement"

/** What stands for every id. */
export const EVERYTHING = "*"
/** A payload must be shorter than 8000 bytes (PostgreSQL's NOTIFY). */
const LONGEST_PAYLOAD = 7_999

/**
 * Part of a statement that removes or replaces entries: announces the ids that no entry has any more to
 * the near caches of other processes, as one notification that is sent when the transaction commits. Where
 * they are too many, everything is announced.
 *
 * @param ids `step.column` of the ids
 * @param channel the parameter with the channel; null where there is no near cache
 * @returns a select of one text, empty, or of no row
 */
export function announceGone(ids: string, channel: string): string {
  const [step, column] = ids.split(".")
  return `
select pg_catalog.pg_notify(${channel}::text, case when pg_catalog.length(a.ids) <= ${LONGEST_PAYLOAD} then a.ids else '${EVERYTHING}' end)::text
from (select pg_catalog.string_agg(g.${column}::text, ',') as ids from ${step} g) a
where ${channel}::text is not null and a.ids is not null`.trimStart()
}

/** Sends a notification. $1 channel, $2 payload. */
export const notify = statement(
  "notify",
  () => "select pg_catalog.pg_notify($1::text, $2::text)"
)

/**
 * What a set does where its key is taken: everything is replaced, and the row remembers which id
 * it had. Follows `insert into … as e`.
 */
export const REPLACE_ENTRY = `
  on conflict (namespace, key_digest) do update set
    previous_id = e.id,
    id = excluded.id,
    key = excluded.key,
    data = excluded.data,
    tags = excluded.tags,
    created_at = excluded.created_at,
    expires_at = excluded.expires_at`.trimStart()

/**
 * Condition of a read: an entry `e` that a large clear has left to be removed is not there. While no such
 * clear is under way, a look into an empty index is all that this costs.
 */
export function isVisible({ invalidation, isInvalidated }: Tables): string {
  return `(not exists (select from ${invalidation} i where i.removing_from is not null)
    or not ${isInvalidated}(e.id, e.namespace, e.key_digest))`
}

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

/** Steps that delete the entries of a step `doomed (id)`, which has locked them, with all their rows. */
export function deleteDoomed({ entry, tag, option }: Tables): string {
  return `
deleted as (
  delete from ${entry} e
  where e.id = any(array(select d.id from doomed d))
), untagged as (
  delete from ${tag} t where t.id = any(array(select d.id from doomed d))
), unflagged as (
  delete from ${option} o where o.id = any(array(select d.id from doomed d))
)`.trimStart()
}
