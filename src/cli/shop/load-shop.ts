import {
  dynamicImport,
  getConfigFile,
  isTruthy,
  loadEnv,
  Modules,
} from "@medusajs/framework/utils"
import type {
  CachingModuleOptions,
  CachingPostgresOptions,
  DatabaseOptions,
} from "../../options"
import { PostgresCachingProvider } from "../../services"
import { codeOf, CommandError, firstLine, messageOf } from "../errors"
import { CONFIG } from "./config-file"

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

/** The parts that count here. Modules are keyed by name, as Medusa's `defineConfig` makes them. */
interface ShopConfig {
  projectConfig?: {
    databaseUrl?: string
    databaseSchema?: string
    databaseDriverOptions?: DatabaseOptions["driverOptions"]
  }
  featureFlags?: Record<string, unknown>
  modules?: Record<string, Module>
}

type Module = ModuleConfig | boolean | undefined

interface ModuleConfig {
  resolve?: unknown
  disable?: boolean
  options?: CachingModuleOptions
}

interface ModuleExports {
  readonly services?: ({ identifier?: unknown } | undefined)[]
}

/** Reads the configuration of the shop in a folder, as Medusa's own commands do. */
export async function loadShop(folder: string): Promise<Shop> {
  // Medusa's command line reads .env alone first, too; the configuration loads the others.
  loadEnv("development", folder)
  const config = await getConfigFile<ShopConfig>(folder, CONFIG)
  const { error } = config
  if (error) {
    const message = `${CONFIG} cannot be loaded: ${firstLine(messageOf(error))}`
    throw new CommandError(message, codeOf(error))
  }
  const { projectConfig = {}, featureFlags, modules = {} } = config.configModule
  return {
    cachingIsOn: cachingIsOn(featureFlags, process.env),
    registrations: await findRegistrations(modules, folder),
    database: {
      clientUrl: projectConfig.databaseUrl,
      schema: projectConfig.databaseSchema,
      driverOptions: projectConfig.databaseDriverOptions,
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

/** @param folder where the shop's packages and files are resolved from */
async function findRegistrations(
  modules: Record<string, Module>,
  folder: string
): Promise<Registration[]> {
  const registrations: Registration[] = []
  for (const [key, module] of Object.entries(modules)) {
    const providers = isCachingModule(key, module) && module.options?.providers
    for (const { id = "", resolve, options } of providers || []) {
      const loaded =
        typeof resolve === "string" ? await load(resolve, folder) : resolve
      if (isOurs(loaded)) {
        // Medusa distinguishes them in the same way (`loadInternalProvider` of its `modules-sdk`).
        const other = (resolve as ModuleExports).services
          ? "provider"
          : "exports"
        const form = typeof resolve === "string" ? "name" : other
        registrations.push({ id, options, form })
      }
    }
  }
  return registrations
}

function isCachingModule(key: string, module: Module): module is ModuleConfig {
  if (typeof module !== "object" || module === null || module.disable) {
    return false
  }
  const names: unknown[] = ["@medusajs/medusa/caching", "@medusajs/caching"]
  return key === Modules.CACHING || names.includes(module.resolve)
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
