import { OptionError, refused } from "./option-error"
import { type CachingModuleOptions, resolveOptions } from "./resolve"
import type { CachingPostgresOptions, ResolvedOptions } from "./types"

const CONFLICTS = [
  {
    option: "namespace",
    exists: (one: ResolvedOptions, other: ResolvedOptions) =>
      placeOf(one) === placeOf(other),
    came: "the same",
    allowed: "a namespace of its own for each",
  },
  // `medusa db:migrate` could follow one of them only.
  {
    option: "logged",
    exists: differInStorage,
    came: "true and false",
    allowed: "the same for both",
  },
]

/**
 * Refuses two registrations on the same tables that would share entries without anybody having asked for it, or that
 * differ in `logged`.
 *
 * Medusa does not say which registration a loader runs for; the options object is the only mark. Registrations
 * without options know each other by lacking them.
 *
 * @param own the registration's options, `undefined` when it has none
 * @throws {OptionError} naming the two registrations
 */
export function requireCompatible(
  own: CachingPostgresOptions | undefined,
  moduleOptions: CachingModuleOptions
): void {
  const resolve = (options: CachingPostgresOptions | undefined) =>
    resolveOptions(options ?? {}, moduleOptions)
  const registrations = moduleOptions.providers ?? []
  const self = registrations.find(({ options }) => options === own)
  const others = registrations.filter(
    (other) => self && other !== self && other.resolve === self.resolve
  )
  for (const other of others) {
    const conflict = CONFLICTS.find(({ exists }) =>
      exists(resolve(own), resolve(other.options))
    )
    if (conflict) {
      const { option, came, allowed } = conflict
      const pair = `for the providers "${self!.id}" and "${other.id}", which share their tables`
      throw new OptionError([refused(option, `${came} ${pair}`, allowed)])
    }
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

/** Where entries are: registrations with the same place share theirs. */
export function placeOf({ database, namespace }: ResolvedOptions): string {
  return JSON.stringify([database.clientUrl, database.schema, namespace])
}
