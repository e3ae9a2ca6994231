import { pairOf, placeOf } from "./distinct-namespaces"
import { OptionError, refused } from "./option-error"
import type { CachingModuleOptions } from "./resolve"
import type { CachingPostgresOptions, ResolvedOptions } from "./types"

/**
 * Refuses two registrations of the provider that share tables and differ in `logged`: `medusa db:migrate` could
 * follow one of them only.
 *
 * @param own the registration's options, `undefined` when it has none
 * @throws {OptionError} naming the two registrations
 */
export function requireSameStorage(
  own: CachingPostgresOptions | undefined,
  moduleOptions: CachingModuleOptions
): void {
  const pair = pairOf(own, moduleOptions, differInStorage)
  if (pair) {
    throw new OptionError([
      refused(
        "logged",
        `true and false for the providers "${pair.self}" and "${pair.other}", which share their tables`,
        "the same for both"
      ),
    ])
  }
}

/** Whether registrations share tables and do not agree in how these are stored. */
export function differInStorage(
  one: ResolvedOptions,
  other: ResolvedOptions
): boolean {
  const { namespace } = one
  return (
    one.logged !== other.logged &&
    placeOf(one) === placeOf({ ...other, namespace })
  )
}
