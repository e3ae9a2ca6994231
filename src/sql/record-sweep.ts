import { statement } from "./statement"

/**
 * Notes what the last run of the sweep did, in whichever process.
 *
 * $1 float8 seconds it took, $2 entries expired, $3 evicted, $4 orphaned ids found.
 */
export const recordSweep = statement(
  "record_sweep",
  ({ sweep }) => `
insert into ${sweep} as w (only_row, began_at, seconds, expired, evicted, orphans)
values (true, pg_catalog.clock_timestamp() - $1::float8 * interval '1 second', $1, $2::bigint, $3::bigint, $4::bigint)
on conflict (only_row) do update set
  began_at = excluded.began_at,
  seconds = excluded.seconds,
  expired = excluded.expired,
  evicted = excluded.evicted,
  orphans = excluded.orphans
`
)
