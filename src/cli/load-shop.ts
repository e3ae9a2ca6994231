import type { ConfigModule } from "@medusajs/framework/types"
import {
  dynamicImport,
  getConfigFile,
  isTruthy,
  loadEnv,
  Modules,
} from "@medusajs/framework/utils"
import { codeOf, OperatorError } from "../inspect/errors"
import { messageOf } from "../log"
import type { CachingModuleOptions } from "../options"
import { PostgresCachingProvider } from "../services"
import { firstLine } from "./errors"
import { CONFIG, type Registration, type Shop } from "./shop"

/** Reads the configuration of the shop in a folder, as Medusa's own commands do. */
export async function loadShop(folder: string): Promise<Shop> {
  // Medusa's command line reads .env alone first, too; the configuration loads the others.
  loadEnv("development", folder)
  const config = await getConfigFile<Partial<ConfigModule>>(folder, CONFIG)
  const { error } = config
  if (error) {
    const message = `${CONFIG} cannot be loaded: ${firstLine(messageOf(error))}`
    throw new OperatorError(message, codeOf(error))
  }
  const { projectConfig, featureFlags, modules } = config.configModule
  return {
    cachingIsOn: cachingIsOn(featureFlags, process.env),
    registrations: await findRegistrations(modules, folder),
    database: {
      clientUrl: projectConfig?.databaseUrl,
      schema: projectConfig?.databaseSchema,
      driverOptions: projectConfig?.databaseDriverOptions,
    },
  }
}

/** Decides as Medusa does: the environment before the configuration, and off by default. */
export function cachingIsOn(
  featureFlags: Readonly<Record<string, unknown>> | undefined,
  env: Readonly<Record<string, string | undefined>>
): boolean {
  const flag = env.MEDUSA_FF_CACHING ?? featureFlags?.caching
  return isTruthy(flag as string | boolean | undefined)
}

/**
 * @param modules keyed by name, as Medusa's `defineConfig` makes them
 * @param folder where the shop's packages and files are resolved from
 */
async function findRegistrations(
  modules: ConfigModule["modules"] = {},
  folder: string
): Promise<Registration[]> {
  const registrations: Registration[] = []
  for (const [key, module] of Object.entries(modules)) {
    for (const { id = "", resolve, options } of providersOf(key, module)) {
      const isName = typeof resolve === "string"
      if (isOurs(isName ? await load(resolve, folder) : resolve)) {
        // Medusa distinguishes them in the same way (`loadInternalProvider` of its `modules-sdk`).
        const other = (resolve as ModuleExports).services
          ? "provider"
          : "exports"
        registrations.push({ id, options, form: isName ? "name" : other })
      }
    }
  }
  return registrations
}

/** The providers of a module, if it is the Caching Module. */
function providersOf(key: string, module: unknown) {
  const { resolve, disable, options } = (module || {}) as {
    resolve?: unknown
    disable?: boolean
    options?: CachingModuleOptions
  }
  const names: unknown[] = ["@medusajs/medusa/caching", "@medusajs/caching"]
  const isCaching = key === Modules.CACHING || names.includes(resolve)
  return (isCaching && !disable && options?.providers) || []
}

interface ModuleExports {
  readonly services?: ({ identifier?: unknown } | undefined)[]
}

/**
 * Recognizes the provider by its service's identifier: the command may run from another copy of the package than the
 * shop, and a shop may wrap the provider in a module of its own.
 */
function isOurs(loaded: unknown): boolean {
  const provider = (loaded as { default?: unknown })?.default ?? loaded
  const { services } = (provider ?? {}) as ModuleExports
  const { identifier } = PostgresCachingProvider
  return (
    Array.isArray(services) &&
    services.some((service) => service?.identifier === identifier)
  )
}

/** @returns `undefined` for another provider's code that cannot be loaded */
async function load(resolve: string, folder: string): Promise<unknown> {
  try {
    return await dynamicImport(require.resolve(resolve, { paths: [folder] }))
  } catch {
    return undefined
  }
}
