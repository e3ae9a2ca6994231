import { statement } from "./statement"

/**
 * Adds what a process has counted to the present minute of its namespace.
 *
 * $1 namespace, $2 hits, $3 hits of the near cache among them, $4 misses, $5 sets, $6 entries removed.
 */
export const addToMinute = statement(
  "add_to_minute",
  ({ minute }) => `
insert into ${minute} as m (minute, namespace, hits, near_hits, misses, sets, removed)
values (
  pg_catalog.date_trunc('minute', pg_catalog.statement_timestamp()),
  $1,
  $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint
)
on conflict (minute, namespace) do update set
  hits = m.hits + excluded.hits,
  near_hits = m.near_hits + excluded.near_hits,
  misses = m.misses + excluded.misses,
  sets = m.sets + excluded.sets,
  removed = m.removed + excluded.removed
`
)

/** Removes the minutes of all namespaces that are older than 8 days: a week can be charted, and rows are bounded. */
export const sweepMinutes = statement(
  "sweep_minutes",
  ({ minute }) => `
delete from ${minute} m where m.minute < pg_catalog.statement_timestamp() - interval '8 days'
`
)
