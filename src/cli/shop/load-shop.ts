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
import { CommandError, firstLine } from "../errors"
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

/**
 * What `resolve` is: a name, as it should be; the package's exports object, as `require` returns it; or the provider
 * itself, as `import x from` gives it.
 */
export type Form = "name" | "exports" | "provider"

/** The parts that count here. Modules are keyed by name, as Medusa's `defineConfig` makes them. */
interface ShopConfig {
  projectConfig?: {
    databaseUrl?: string
    databaseSchema?: string
    databaseDriverOptions?: DatabaseOptions["driverOptions"]
  }
  featureFlags?: Record<string, unknown>
  modules?: Record<string, ModuleConfig | boolean | undefined>
}

interface ModuleConfig {
  resolve?: unknown
  disable?: boolean
  options?: CachingModuleOptions
}

/**
 * Reads the configuration of the shop in a folder, as Medusa's own commands do.
 *
 * @throws {CommandError} when it cannot be loaded
 */
export async function loadShop(folder: string): Promise<Shop> {
  // Medusa's command line reads .env alone first, too; the configuration loads the others.
  loadEnv("development", folder)
  const { configModule, error } = await getConfigFile<ShopConfig>(
    folder,
    CONFIG
  )
  if (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new CommandError(
      `${CONFIG} cannot be loaded: ${firstLine(message)}`,
      { cause: error }
    )
  }
  const { projectConfig = {}, featureFlags, modules = {} } = configModule
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
  modules: NonNullable<ShopConfig["modules"]>,
  folder: string
): Promise<Registration[]> {
  const registrations: Registration[] = []
  for (const [key, module] of Object.entries(modules)) {
    const providers = isCachingModule(key, module)
      ? (module.options?.providers ?? [])
      : []
    for (const { id = "", resolve, options } of providers) {
      if (await isOurs(resolve, folder)) {
        registrations.push({ id, options, form: formOf(resolve) })
      }
    }
  }
  return registrations
}

function isCachingModule(
  key: string,
  module: ModuleConfig | boolean | undefined
): module is ModuleConfig {
  if (typeof module !== "object" || module === null || module.disable) {
    return false
  }
  const names: unknown[] = ["@medusajs/medusa/caching", "@medusajs/caching"]
  return key === Modules.CACHING || names.includes(module.resolve)
}

/** Distinguishes forms as Medusa does (`loadInternalProvider` of its `modules-sdk`). */
function formOf(resolve: unknown): Form {
  if (typeof resolve === "string") {
    return "name"
  }
  return (resolve as { services?: unknown }).services ? "provider" : "exports"
}

/**
 * Recognizes the provider by its service's identifier: the command may run from another copy of the package than the
 * shop, and a shop may wrap the provider in a module of its own.
 */
async function isOurs(resolve: unknown, folder: string): Promise<boolean> {
  const loaded = (
    typeof resolve === "string" ? await load(resolve, folder) : resolve
  ) as { default?: unknown } | undefined
  const { services } = (loaded?.default ?? loaded ?? {}) as {
    services?: { identifier?: unknown }[]
  }
  return (
    Array.isArray(services) &&
    services.some(
      (service) => service?.identifier === PostgresCachingProvider.identifier
    )
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
