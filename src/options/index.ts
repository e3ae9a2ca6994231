export { placeOf, requireDistinctNamespaces } from "./distinct-namespaces"
export { describe, OptionError } from "./option-error"
export { differInStorage, requireSameStorage } from "./same-storage"
export { resolveOptions, type CachingModuleOptions } from "./resolve"
export { parseTtl } from "./ttl"
export type {
  CachingPostgresOptions,
  DatabaseOptions,
  DriverOptions,
  PoolOptions,
  NearCacheSettings,
  ResolvedOptions,
} from "./types"
