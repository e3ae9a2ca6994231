import { getConfigFile, loadEnv } from "@medusajs/framework/utils"
import type { DatabaseOptions } from "../../options"
import { asOneLine, CommandError } from "../errors"
import { cachingIsOn } from "./caching-is-on"
import { CONFIG } from "./config-file"
import { findRegistrations, type Registration } from "./find-registrations"

/** What a shop's configuration says about its cache. */
export interface Shop {
  /** Whether Medusa caches at all. */
  readonly cachingIsOn: boolean
  readonly registrations: readonly Registration[]
  /** What the provider takes where its own options name no database. */
  readonly database: DatabaseOptions
}

/** As far as it counts here. Modules are keyed by name, as Medusa's `defineConfig` makes them. */
interface ShopConfig {
  projectConfig?: {
    databaseUrl?: string
    databaseSchema?: string
    databaseDriverOptions?: DatabaseOptions["driverOptions"]
  }
  featureFlags?: Record<string, unknown>
  modules?: Record<string, unknown>
}

/**
 * Reads the configuration of the shop in a folder, as Medusa's own commands do.
 *
 * @throws {CommandError} when it cannot be loaded
 */
export async function loadShop(folder: string): Promise<Shop> {
  const { projectConfig = {}, featureFlags, modules } = await loadConfig(folder)
  return {
    cachingIsOn: cachingIsOn(featureFlags, process.env),
    registrations: await findRegistrations(modules ?? {}, folder),
    database: {
      clientUrl: projectConfig.databaseUrl,
      schema: projectConfig.databaseSchema,
      driverOptions: projectConfig.databaseDriverOptions,
    },
  }
}

async function loadConfig(folder: string): Promise<ShopConfig> {
  // Medusa's command line reads .env alone first, too; what else there is the configuration loads.
  loadEnv("development", folder)
  const { configModule, error } = await getConfigFile<ShopConfig>(
    folder,
    CONFIG
  )
  if (error) {
    throw new CommandError(
      `${CONFIG} cannot be loaded: ${asOneLine(messageOf(error))}`,
      { cause: error }
    )
  }
  return configModule
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
