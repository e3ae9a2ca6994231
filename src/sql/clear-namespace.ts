import { deleteDoomed } from "./delete-doomed"
import { statement } from "./statement"

/** The id that the newest entry had when a clear of the whole namespace began. */
export const newestId = statement(
  "newest_id",
  ({ idSequence }) => `select last_value from ${idSequence}`
)

/**
 * Removes a batch of a namespace's entries with their rows, walking along its keys.
 *
 * $1 namespace, $2 uuid: continue after this key, $3 bigint: newest id to remove, so that entries
 * written meanwhile do not keep the walk going, $4 entries a batch. Gives the last key of the
 * batch and its number of entries, or no row when none is left.
 */
export const clearNamespace = statement(
  "clear_namespace",
  (tables) => `
with doomed as materialized (
  select e.id, e.key
  from ${tables.entry} e
  where e.namespace = $1
    and e.key > $2::uuid
    and e.id <= $3::bigint
  order by e.key
  limit $4
  for update
), ${deleteDoomed(tables)}
select d.key, count(*) over () from doomed d order by d.key desc limit 1
`
)
