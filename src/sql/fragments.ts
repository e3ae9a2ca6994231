import type { Tables } from "./statement"

/** The payload that means every id. */
export const ALL_IDS = "*"
/** A payload must be shorter than 8000 bytes (PostgreSQL's NOTIFY). */
const MAX_PAYLOAD = 7_999

/** A get by tags that finds more entries than this, or more bytes of JSON, is a miss. */
export const MAX_TAGGED_ENTRIES = 10_000
export const MAX_TAGGED_BYTES = 32 * 1024 * 1024

/**
 * Part of a statement that removes or replaces entries: announces the ids that no entry has any more to the near caches
 * of other processes, as one notification that is sent when the transaction commits. Where they are too many,
 * everything is announced.
 *
 * @param ids `step.column` of the ids
 * @param channel the parameter with the channel; null where there is no near cache
 * @returns a select of one text, empty, or of no row
 */
export function announceGone(ids: string, channel: string): string {
  const [step, column] = ids.split(".")
  return `
select pg_catalog.pg_notify(${channel}::text, case when pg_catalog.length(a.ids) <= ${MAX_PAYLOAD} then a.ids else '${ALL_IDS}' end)::text
from (select pg_catalog.string_agg(g.${column}::text, ',') as ids from ${step} g) a
where ${channel}::text is not null and a.ids is not null`.trimStart()
}

/** Condition of a read by key: the entry `e` is live, or within the grace after the end of its TTL. */
export function isKept({ graceSeconds }: Tables): string {
  const grace = graceSeconds > 0 ? ` - interval '${graceSeconds} seconds'` : ""
  return `e.expires_at > pg_catalog.statement_timestamp()${grace}`
}
