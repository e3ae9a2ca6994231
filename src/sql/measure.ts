import type { Tables } from "./statement"

/** Bytes that an entry takes beside its columns: its row's head and places in three indexes. Measured on 100,000. */
const BYTES_PER_ENTRY = 200
/** Bytes that a tag of an entry takes: its row and its places in two indexes. */
const BYTES_PER_TAG = 130

/** The keys of a namespace are divided into this many equal ranges, by their first four hex digits. */
const RANGES = 65_536
/** A smaller sample says little about the rest, so counting may take longer, as where a large clear left many dead rows. */
const MIN_COUNTED = 1_000
const LONGER_FOR_FEW = 20

/**
 * Steps that measure namespace $1, for a statement that begins with "with recursive":
 *
 * - `counted (entries, share)`: how many entries have a key in `share` of all ranges (0 to 1); at 1 these are all
 *   entries, exactly.
 * - `sampled (created_at, tags, bytes)`: entries in `sampled_share (share)` of all ranges.
 *
 * Keys are digests, so the entries of any ranges are a random sample. Unlike a sample of pages, it is as good for a
 * small namespace in a large table, and for a table that is nearly empty but large on disk. Counting begins at a random
 * range. Each step adds the neighbouring block of ranges, which is as large as all counted so far. It reads the index
 * only, where the table has been vacuumed.
 *
 * @param effort.millis after which counting ends; twenty times as many below a thousand entries. The step under way is
 *   finished: it counts as much as all before it, so the whole takes about twice as long at most
 * @param effort.sampled most entries whose rows are read
 */
export function measure(
  { entry }: Tables,
  { millis, sampled }: { millis: number; sampled: number }
): string {
  const keyIn = (range: string, digit: string) =>
    `pg_catalog.rpad(pg_catalog.lpad(pg_catalog.to_hex(${range}), 4, '0'), 32, '${digit}')::uuid`
  const firstKey = (range: string) => keyIn(range, "0")
  const lastKey = (range: string) => keyIn(range, "f")
  return `
start as materialized (
  select pg_catalog.floor(pg_catalog.random() * ${RANGES})::int as range
), walk as (
  -- The ranges counted so far are the aligned block of this width around the start.
  select 0 as width, 0::bigint as entries
  union all
  select greatest(w.width * 2, 1), w.entries + block.entries
  from walk w, start,
    lateral (select case w.width when 0 then start.range else (start.range / w.width # 1) * w.width end as first) next,
    lateral (
      select pg_catalog.count(*) as entries
      from ${entry} e
      where e.namespace = $1
        and e.key_digest between ${firstKey("next.first")} and ${lastKey("next.first + greatest(w.width, 1) - 1")}
    ) block
  where w.width < ${RANGES}
    and pg_catalog.clock_timestamp() < pg_catalog.statement_timestamp()
      + case when w.entries < ${MIN_COUNTED} then ${LONGER_FOR_FEW} else 1 end * interval '${millis} ms'
), counted as materialized (
  select pg_catalog.max(w.entries) as entries, pg_catalog.max(w.width) / ${RANGES}::float8 as share from walk w
), block as materialized (
  select greatest(pg_catalog.max(w.width) filter (where w.entries <= ${sampled}), 1) as width from walk w
), sampled_share as (
  select width / ${RANGES}::float8 as share from block
), sampled as materialized (
  select e.created_at, e.tags::json as tags,
    pg_catalog.pg_column_size(e.data) + pg_catalog.pg_column_size(e.key) + pg_catalog.pg_column_size(e.tags)
      + ${BYTES_PER_ENTRY} + ${BYTES_PER_TAG} * pg_catalog.json_array_length(e.tags::json) as bytes
  from start, block,
    lateral (select start.range / block.width * block.width as first) of,
    ${entry} e
  where e.namespace = $1
    and e.key_digest between ${firstKey("of.first")} and ${lastKey("of.first + block.width - 1")}
)`.trimStart()
}
