import type { LoaderOptions } from "@medusajs/framework/types"
import { dynamicImport } from "@medusajs/framework/utils"
import { clientConfig } from "../connection"
import {
  type CachingModuleOptions,
  requireSameStorage,
  resolveOptions,
} from "../options"

/** A database and schema in which the tables belong, in the form Medusa's migration scripts take. */
export interface MigrationTarget {
  readonly clientUrl: string
  readonly schema: string
  /** Whether the tables are to be ordinary ones instead of unlogged. */
  readonly logged: boolean
  /** The module's options, with the target's database in place of the shop's. */
  readonly options: Record<string, unknown>
}

/**
 * Where each registration of this provider keeps its tables, every place once. Medusa calls the
 * migration scripts for the module as a whole; which registrations are ours shows in what their
 * `resolve` leads to.
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
      requireSameStorage(options, moduleOptions)
      const target = targetOf(moduleOptions, options ?? {})
      targets.set(`${target.clientUrl} ${target.schema}`, target)
    }
  }
  return [...targets.values()]
}

function targetOf(
  moduleOptions: CachingModuleOptions,
  options: object
): MigrationTarget {
  const resolved = resolveOptions(options, moduleOptions)
  const { clientUrl, schema } = resolved.database
  const isOwn = clientUrl !== moduleOptions.database?.clientUrl
  return {
    clientUrl,
    schema,
    logged: resolved.logged ?? false,
    options: {
      ...moduleOptions,
      database: {
        ...moduleOptions.database,
        clientUrl,
        schema,
        // The shop's own database is migrated over the connection that its other modules use.
        ...(isOwn && { driverOptions: { connection: clientConfig(resolved) } }),
      },
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

/** What Medusa hands to a migration script. */
export type ScriptInput = Pick<LoaderOptions, "options" | "logger"> & {
  migrationNames?: string[]
}
