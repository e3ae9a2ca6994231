import { announceGone } from "./announce"
import { deleteDoomed } from "./delete-doomed"
import { elect } from "./elect"
import { statement } from "./statement"

/**
 * Removes the entries of a namespace that were set longest ago, if no other process is sweeping;
 * election and locks as in `sweep-expired.ts`.
 *
 * Ids grow with every transaction, so the order is that of the sets of all processes.
 *
 * $1 bigint: the lock, $2 namespace, $3 entries a batch, $4 channel to announce on,
 * or null. Gives the number of entries removed, and perhaps an empty text.
 */
export const evictOldest = statement(
  "evict_oldest",
  (tables) => `
with ${elect("$1")}, doomed as materialized (
  select e.id
  from ${tables.entry} e
  where e.namespace = $2
    and (select won from election)
  order by e.id
  limit $3
  for update skip locked
), ${deleteDoomed(tables)}
select pg_catalog.count(*)::text from doomed
union all
${announceGone("doomed.id", "$4")}
`
)
