import type { Tables } from "./tables"

/** So many pages of a table are looked at: some milliseconds of work, whatever the table's size. */
const SAMPLED_PAGES = 500

/**
 * Bytes that an entry takes beside its columns: the head of its row and its places in three
 * indexes. Measured on 100,000 entries.
 */
const BYTES_AN_ENTRY = 200
/** Bytes that a tag of an entry takes: its row and its places in two indexes. */
const BYTES_A_TAG = 130

/**
 * Steps that pick pages of the entries at random: `scale (percent)` says how many of them, and
 * `sampled` has the entries of namespace $1 that stand there. On a table of few pages these are all.
 *
 * The number of pages is asked of the file, which is exact, and not of statistics, which lag behind.
 */
export function sampleEntries({ entry }: Tables): string {
  return `
scale as materialized (
  select least(100, 100.0 * ${SAMPLED_PAGES} * current_setting('block_size')::int
    / greatest(pg_relation_size('${entry}'), 1))::real as percent
), sampled as materialized (
  select e.created_at, e.tags::json as tags,
    pg_column_size(e.data) + pg_column_size(e.name) + pg_column_size(e.tags)
      + ${BYTES_AN_ENTRY} + ${BYTES_A_TAG} * json_array_length(e.tags::json) as bytes
  from ${entry} e tablesample system ((select percent from scale))
  where e.namespace = $1
)`.trimStart()
}
