import { statement } from "./statement"
import type { Tables } from "./tables"

/**
 * Finds ids that tags refer to and no entry has, a stretch of ids at a time: what a process leaves
 * that dies between a change and its `removeOrphans`.
 *
 * $1 bigint: continue after this id, $2 rows a stretch. Gives the last id of the stretch, and the
 * ids without an entry as an array; no row at the end of the table.
 */
export const findOrphanedTags = statement("find_orphaned_tags", (tables) =>
  findOrphans(tables, tables.tag)
)

/** The same for options: an entry may have these and no tags. */
export const findOrphanedOptions = statement(
  "find_orphaned_options",
  (tables) => findOrphans(tables, tables.option)
)

function findOrphans({ entry }: Tables, table: string): string {
  return `
with stretch as materialized (
  select r.id from ${table} r where r.id > $1::bigint order by r.id limit $2
)
select pg_catalog.max(s.id),
  pg_catalog.array_to_json(pg_catalog.array_agg(distinct s.id) filter (
    where not exists (select from ${entry} e where e.id = s.id)))
from stretch s
having pg_catalog.count(*) > 0
`
}
