import type { LoaderOptions } from "@medusajs/framework/types"
import { dynamicImport } from "@medusajs/framework/utils"
import { clientConfig } from "../connection"
import {
  type CachingModuleOptions,
  type CachingPostgresOptions,
  requireCompatible,
  type ResolvedOptions,
  resolveOptions,
} from "../options"

/** What Medusa hands to a migration script. */
export type ScriptInput = Pick<LoaderOptions, "options" | "logger"> & {
  migrationNames?: string[]
}

/** A database and schema in which the tables belong. */
export interface MigrationTarget extends Pick<
  ResolvedOptions,
  "database" | "logged"
> {
  /** What Medusa's migration scripts take: the module's options, with the target's database in place of the shop's. */
  readonly moduleOptions: Record<string, unknown>
}

/**
 * Where each registration of this provider keeps its tables, every place once. Medusa calls the migration scripts for
 * the module as a whole; which registrations are ours shows in what their `resolve` leads to.
 *
 * @param scripts what this package's entry point exports, to know it again
 */
export async function migrationTargets(
  moduleOptions: CachingModuleOptions,
  scripts: object
): Promise<MigrationTarget[]> {
  const targets = new Map<string, MigrationTarget>()
  for (const { resolve, options } of moduleOptions.providers ?? []) {
    if (await leadsTo(resolve, scripts)) {
      requireCompatible(options, moduleOptions)
      const target = targetOf(moduleOptions, options)
      const { clientUrl, schema } = target.database
      targets.set(`${clientUrl} ${schema}`, target)
    }
  }
  return [...targets.values()]
}

function targetOf(
  moduleOptions: CachingModuleOptions,
  options: CachingPostgresOptions = {}
): MigrationTarget {
  const resolved = resolveOptions(options, moduleOptions)
  const { clientUrl, schema } = resolved.database
  const shop = moduleOptions.database
  // The shop's own database is migrated over the connection that its other modules use.
  const driverOptions =
    clientUrl === shop?.clientUrl
      ? shop.driverOptions
      : { connection: clientConfig(resolved) }
  return {
    database: resolved.database,
    logged: resolved.logged,
    moduleOptions: {
      ...moduleOptions,
      database: { ...shop, clientUrl, schema, driverOptions },
    },
  }
}

async function leadsTo(resolve: unknown, scripts: object): Promise<boolean> {
  if (typeof resolve !== "string") {
    return false
  }
  const path = require.resolve(resolve, { paths: [process.cwd()] })
  const loaded = (await dynamicImport(path)) as { default?: object }
  const exported = { ...(loaded.default ?? loaded) } as Record<string, unknown>
  return Object.entries(scripts).every(
    ([name, script]) => exported[name] === script
  )
}
