import { ModuleProvider, Modules } from "@medusajs/framework/utils"
import { connectionLoader } from "./loaders/connection"
import {
  generateMigration,
  revertMigration,
  runMigrations,
} from "./migration-scripts"
import { PostgresCachingProvider } from "./services"

export { cachingPostgres } from "./caching-postgres"
export type { CachingPostgresOptions } from "./options"
export type { PostgresCachingProvider } from "./services"
export type { CacheStats, CacheStatus } from "./stats"

export default {
  ...ModuleProvider(Modules.CACHING, {
    services: [PostgresCachingProvider],
    loaders: [connectionLoader],
  }),
  runMigrations,
  revertMigration,
  generateMigration,
}
