import { OptionError, refused } from "./option-error"
import { type CachingModuleOptions, resolveOptions } from "./resolve"
import type { CachingPostgresOptions, ResolvedOptions } from "./types"

/**
 * Refuses two registrations of the provider that would share entries without anybody having asked
 * for it: the same tables and the same namespace.
 *
 * Medusa does not tell a loader which registration it runs for; the options object is the only
 * mark. Registrations without options know each other by lacking them.
 *
 * @param own the registration's options, `undefined` when it has none
 * @throws {OptionError} naming the two registrations
 */
export function requireDistinctNamespaces(
  own: CachingPostgresOptions | undefined,
  moduleOptions: CachingModuleOptions
): void {
  const registrations = moduleOptions.providers ?? []
  const self = registrations.find(({ options }) => options === own)
  if (!self) {
    return
  }
  const placeOfOptions = (options: CachingPostgresOptions | undefined) =>
    placeOf(resolveOptions(options ?? {}, moduleOptions))
  const place = placeOfOptions(own)
  const twin = registrations.find(
    (other) =>
      other !== self &&
      other.resolve === self.resolve &&
      placeOfOptions(other.options) === place
  )
  if (twin) {
    throw new OptionError([
      refused(
        "namespace",
        `the same for the providers "${self.id}" and "${twin.id}", which share their tables`,
        "a namespace of its own for each"
      ),
    ])
  }
}

/** Where entries are: registrations with the same place share theirs. */
export function placeOf({ database, namespace }: ResolvedOptions): string {
  return JSON.stringify([database.clientUrl, database.schema, namespace])
}
