import { OptionError, refused } from "./option-error"
import { type CachingModuleOptions, resolveOptions } from "./resolve"
import type { CachingPostgresOptions, ResolvedOptions } from "./types"

/**
 * Refuses two registrations of the provider that would share entries without anybody having asked
 * for it: the same tables and the same namespace.
 *
 * @param own the registration's options, `undefined` when it has none
 * @throws {OptionError} naming the two registrations
 */
export function requireDistinctNamespaces(
  own: CachingPostgresOptions | undefined,
  moduleOptions: CachingModuleOptions
): void {
  const pair = pairOf(
    own,
    moduleOptions,
    (self, other) => placeOf(self) === placeOf(other)
  )
  if (pair) {
    throw new OptionError([
      refused(
        "namespace",
        `the same for the providers "${pair.self}" and "${pair.other}", which share their tables`,
        "a namespace of its own for each"
      ),
    ])
  }
}

/** Where entries are: registrations with the same place share theirs. */
export function placeOf({ database, namespace }: ResolvedOptions): string {
  return JSON.stringify([database.clientUrl, database.schema, namespace])
}

/**
 * Finds another registration of this provider that stands in a relation to the one with the options `own`.
 *
 * Medusa does not tell a loader which registration it runs for; the options object is the only
 * mark. Registrations without options know each other by lacking them.
 *
 * @returns the ids of both
 */
export function pairOf(
  own: CachingPostgresOptions | undefined,
  moduleOptions: CachingModuleOptions,
  isPair: (self: ResolvedOptions, other: ResolvedOptions) => boolean
): { self: string | undefined; other: string | undefined } | undefined {
  const registrations = moduleOptions.providers ?? []
  const self = registrations.find(({ options }) => options === own)
  if (!self) {
    return undefined
  }
  const resolve = (options: CachingPostgresOptions | undefined) =>
    resolveOptions(options ?? {}, moduleOptions)
  const resolved = resolve(own)
  const other = registrations.find(
    (candidate) =>
      candidate !== self &&
      candidate.resolve === self.resolve &&
      isPair(resolved, resolve(candidate.options))
  )
  return other && { self: self.id, other: other.id }
}
