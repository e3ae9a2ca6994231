export { describe, OptionError } from "./option-error"
export * from "./registrations"
export { type CachingModuleOptions, parseTtl, resolveOptions } from "./resolve"
export type {
  CachingPostgresOptions,
  DatabaseOptions,
  LeaseSettings,
  DriverOptions,
  NearCacheSettings,
  PoolOptions,
  ResolvedOptions,
} from "./types"
