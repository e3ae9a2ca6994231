import type { Tables } from "./tables"

/**
 * The steps by which every removal ends: given a step `doomed (id)` that has locked its entries in
 * the order of their keys (so that removals never deadlock with each other or with `set`), deletes
 * these entries with their tags and options, and yields the step `deleted (id)`.
 *
 * `= any(array(…))` rather than a join: whatever number of rows the planner expects, it looks them
 * up by index.
 */
export function deleteDoomed({ entry, tag, option }: Tables): string {
  return `
deleted as (
  delete from ${entry} e
  where e.id = any(array(select d.id from doomed d))
  returning e.id
), untagged as (
  delete from ${tag} t where t.id = any(array(select d.id from deleted d))
), unflagged as (
  delete from ${option} o where o.id = any(array(select d.id from deleted d))
)`.trimStart()
}
