import { maskUrl } from "../log"
import { OptionError, type ResolvedOptions, resolveOptions } from "../options"
import { Database } from "./database"
import { usageError } from "./errors"
import type { Call, TargetFlags } from "./command"
import { requireConfigFile } from "./shop/config-file"
import type { Registration, Shop } from "./shop/load-shop"

const FLAG_OF_OPTION: Record<string, string> = {
  "database.clientUrl": "--database-url",
  "database.schema": "--schema",
  namespace: "--namespace",
}

/** @returns the options of the cache in the database that the flags name, else of the shop in this folder */
export async function resolveTarget(
  flags: TargetFlags
): Promise<ResolvedOptions> {
  if (flags.databaseUrl !== undefined) {
    return optionsOfFlags(flags)
  }
  const shop = await shopOf(flags)
  const { options } = chooseRegistration(shop.registrations, flags.provider)
  return resolveOptions(options ?? {}, { database: shop.database })
}

/** Opens the database of that cache. Fails if `--namespace` names one without entries and others have entries. */
export async function withTarget<T>(
  { flags, output }: Call,
  use: (database: Database, options: ResolvedOptions) => T | Promise<T>
): Promise<T> {
  const options = await resolveTarget(flags)
  return Database.with(options, async (database) => {
    await database.checkNamespace(output.note, flags.namespace !== undefined)
    return use(database, options)
  })
}

/** Loads the shop in this folder. */
export async function shopOf(flags: TargetFlags): Promise<Shop> {
  if (flags.schema !== undefined || flags.namespace !== undefined) {
    throw usageError(
      "--schema and --namespace go with --database-url; in the shop's folder medusa-config says them"
    )
  }
  requireConfigFile(process.cwd())
  // Loads Medusa's framework, which --help must not need.
  const { loadShop } = await import("./shop/load-shop.js")
  return loadShop(process.cwd())
}

/** The options of the cache in the database that the flags name. */
export function optionsOfFlags(flags: TargetFlags): ResolvedOptions {
  if (flags.provider !== undefined) {
    throw usageError(
      "--provider names a registration in medusa-config, and does not go with --database-url"
    )
  }
  const database = { clientUrl: flags.databaseUrl, schema: flags.schema }
  try {
    // The namespace has a default only for a shop's own database, so the database is named as the shop's, too.
    const options = resolveOptions(
      { namespace: flags.namespace, database },
      { database: { clientUrl: flags.databaseUrl } }
    )
    return { ...options, logged: undefined }
  } catch (error) {
    if (!(error instanceof OptionError)) {
      throw error
    }
    const option = /^\[caching-postgres\] option "([\w.]+)"/
    const lines = error.lines.map((line) =>
      line.replace(option, (_, name: string) => FLAG_OF_OPTION[name] ?? name)
    )
    throw usageError(lines.join("; "))
  }
}

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
  const chosen =
    id === undefined && others.length === 0
      ? only
      : registrations.find((registration) => registration.id === id)
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

export function describeTarget(options: ResolvedOptions): string {
  const { clientUrl, schema } = options.database
  return `namespace "${options.namespace}" in ${maskUrl(clientUrl)}, schema "${schema}"`
}
