import type { Tables } from "./tables"

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
