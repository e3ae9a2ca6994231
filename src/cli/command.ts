import type { Command } from "commander"
import { Database } from "../inspect/database"
import { otherNamespaces } from "../inspect/entries"
import { OperatorError } from "../inspect/errors"
import { maskUrl } from "../log"
import { OptionError, type ResolvedOptions, resolveOptions } from "../options"
import { usageError } from "./errors"
import { shellWord } from "./format"
import type { Output } from "./output"
import { openShop } from "./open-shop"
import { chooseRegistration, type Shop } from "./shop"

/** Names the cache that a command is about. */
export interface TargetFlags {
  readonly databaseUrl?: string
  readonly schema?: string
  readonly namespace?: string
  readonly provider?: string
}

/** A command as its file in `commands` declares it. */
export interface CacheCommand<Flags = object> {
  readonly name: string
  readonly description: string
  /** More help, after the options. */
  readonly notes?: string
  /** Declares the command's own arguments and options. */
  readonly declare?: (command: Command) => void
  readonly run: (call: Call<Flags>) => Promise<CommandResult>
}

export interface Call<Flags = object> {
  /** The command's argument, "" if it takes none. */
  readonly argument: string
  readonly flags: Flags & TargetFlags
  readonly output: Output
}

export interface CommandResult {
  /** What `--json` prints. */
  readonly json: unknown
  /** The lines that are printed without `--json`. */
  readonly text: readonly string[]
  readonly exitCode?: number
}

/** Opens the database of a command's cache. Fails if `--namespace` names one without entries and others have entries. */
export async function withTarget<T>(
  { flags, output }: Call,
  use: (database: Database) => Promise<T>
): Promise<T> {
  return Database.with(await resolveTarget(flags), async (database) => {
    await checkNamespace(database, output, flags.namespace !== undefined)
    return use(database)
  })
}

/**
 * Names the other namespaces if this one has no entries and others have.
 *
 * @param mustExist whether that is an error, as for `--namespace`, which may be misspelt
 */
export async function checkNamespace(
  database: Database,
  { note }: Output,
  mustExist: boolean
): Promise<void> {
  const others = await otherNamespaces(database)
  if (others.length === 0) {
    return
  }
  const message = `no entries in namespace ${shellWord(database.namespace)}; namespaces with entries: ${others.map(shellWord).join(", ")}`
  if (mustExist) {
    throw new OperatorError(message, "unknown-namespace", others)
  }
  note(`note: ${message}`)
}

/** The place of a cache, in words. */
export function placeInWords({ options }: Database): string {
  const { namespace, servers, database } = options
  if (servers.length > 0) {
    const names = servers.map(({ name }) => name).join(", ")
    return `namespace "${namespace}" on the servers ${names}`
  }
  return `namespace "${namespace}" in ${maskUrl(database.clientUrl)}, schema "${database.schema}"`
}

/** The options of the one cache that the flags name. */
export async function resolveTarget(
  flags: TargetFlags
): Promise<ResolvedOptions> {
  const target = await findTarget(flags)
  if (!("registrations" in target)) {
    return target
  }
  const { registrations, database } = target
  const { options } = chooseRegistration(registrations, flags.provider)
  return resolveOptions(options ?? {}, { database })
}

/** @returns the options of the cache in the database that the flags name, else the shop in this folder */
export async function findTarget(
  flags: TargetFlags
): Promise<ResolvedOptions | Shop> {
  if (flags.databaseUrl !== undefined) {
    return optionsOfFlags(flags)
  }
  if (flags.schema !== undefined || flags.namespace !== undefined) {
    throw usageError(
      "--schema and --namespace go with --database-url; in the shop's folder they come from medusa-config"
    )
  }
  return openShop(process.cwd())
}

function optionsOfFlags(flags: TargetFlags): ResolvedOptions {
  if (flags.provider !== undefined) {
    throw usageError(
      "--provider names a registration in medusa-config, and does not go with --database-url"
    )
  }
  const { databaseUrl: clientUrl, schema, namespace } = flags
  const database = { clientUrl, schema }
  try {
    // The namespace has a default only for a shop's own database, so the database is named as the shop's, too.
    const options = resolveOptions({ namespace, database }, { database })
    return { ...options, logged: undefined }
  } catch (error) {
    if (!(error instanceof OptionError)) {
      throw error
    }
    const message = error.lines
      .join("; ")
      .replaceAll(/\[caching-postgres\] option "(?:database\.)?(\w+)"/g, "--$1")
      .replace("--clientUrl", "--database-url")
    throw usageError(message)
  }
}
