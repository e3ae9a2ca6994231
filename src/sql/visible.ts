import type { Tables } from "./tables"

/**
 * Condition of a read: an entry `e` that a large clear has left to be removed is not there. While no such
 * clear is under way, a look into an empty index is all that this costs.
 */
export function isVisible({ invalidation, isInvalidated }: Tables): string {
  return `(not exists (select from ${invalidation} i where i.removing_from is not null)
    or not ${isInvalidated}(e.id, e.namespace, e.key_digest))`
}
