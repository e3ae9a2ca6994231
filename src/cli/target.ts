import { OptionError, type ResolvedOptions, resolveOptions } from "../options"
import { CommandError } from "./errors"
import { maskUrl } from "../log"
import { chooseRegistration } from "./shop/choose-registration"
import { requireConfigFile } from "./shop/config-file"
import type { Shop } from "./shop/load-shop"
import type { TargetFlags } from "./target-options"

/** What the options of the provider are called on the command line. */
const FLAGS: Record<string, string> = {
  "database.clientUrl": "--database-url",
  "database.schema": "--schema",
  namespace: "--namespace",
}

/**
 * The options of the cache that the command is about.
 *
 * @throws {CommandError} when that is not clear
 */
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

/** @throws {CommandError} when there is no shop in this folder */
export async function shopOf(flags: TargetFlags): Promise<Shop> {
  if (flags.schema !== undefined || flags.namespace !== undefined) {
    throw new CommandError(
      "--schema and --namespace go with --database-url; in the shop's folder medusa-config says them",
      { code: "usage" }
    )
  }
  const folder = process.cwd()
  requireConfigFile(folder)
  // Loads Medusa's framework, for which --help need not wait.
  const { loadShop } = await import("./shop/load-shop.js")
  return loadShop(folder)
}

/** @throws {CommandError} for a value that is not allowed */
export function optionsOfFlags({
  databaseUrl,
  schema,
  namespace,
  provider,
}: TargetFlags): ResolvedOptions {
  if (provider !== undefined) {
    throw new CommandError(
      "--provider names a registration in medusa-config, and does not go with --database-url",
      { code: "usage" }
    )
  }
  try {
    const options = resolveOptions(
      { namespace, database: { clientUrl: databaseUrl, schema } },
      // As if it were a shop's own, for which the namespace has a default.
      { database: { clientUrl: databaseUrl } }
    )
    return { ...options, logged: undefined }
  } catch (error) {
    throw error instanceof OptionError
      ? new CommandError(error.lines.map(namingFlags).join("; "), {
          code: "usage",
        })
      : error
  }
}

/** Which cache, in words. */
export function describeTarget({
  namespace,
  database,
}: ResolvedOptions): string {
  return `namespace "${namespace}" in ${maskUrl(database.clientUrl)}, schema "${database.schema}"`
}

function namingFlags(line: string): string {
  return line.replace(
    /^\[caching-postgres\] option "([\w.]+)"/,
    (_, option: string) => FLAGS[option] ?? option
  )
}
