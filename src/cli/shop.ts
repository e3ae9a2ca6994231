import type { CachingPostgresOptions, DatabaseOptions } from "../options"
import { usageError } from "./errors"

/** The name that Medusa's own commands look for, without its extension. */
export const CONFIG = "medusa-config"

/** What a shop's configuration says about its cache. */
export interface Shop {
  /** Whether Medusa caches at all. */
  readonly cachingIsOn: boolean
  readonly registrations: readonly Registration[]
  /** The shop's own database, for a provider whose options name none. */
  readonly database: DatabaseOptions
}

/** A place in a shop's configuration where it registers this provider. */
export interface Registration {
  readonly id: string
  readonly options: CachingPostgresOptions | undefined
  readonly form: Form
}

/** What `resolve` is: rightly a name; what `require` returns; or the provider itself, as `import x from` gives it. */
export type Form = "name" | "exports" | "provider"

/** @param id the value of `--provider`, needed to choose among several registrations */
export function chooseRegistration(
  registrations: readonly Registration[],
  id: string | undefined
): Registration {
  const [only, ...others] = registrations
  if (!only) {
    throw usageError(
      "medusa-config registers no provider of medusa-caching-postgres under the Caching Module; to look into a database all the same, give --database-url"
    )
  }
  if (id === undefined && others.length === 0) {
    return only
  }
  const chosen = registrations.find((registration) => registration.id === id)
  if (!chosen) {
    const ids = registrations.map((registration) => registration.id).join(", ")
    throw usageError(
      id === undefined
        ? `medusa-config registers several providers; choose one with --provider: ${ids}`
        : `--provider: got "${id}", medusa-config registers: ${ids}`
    )
  }
  return chosen
}
