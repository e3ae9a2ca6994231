import { OptionError, refused } from "./option-error"
import { parseTtl } from "./ttl"
import type {
  CachingPostgresOptions,
  DatabaseOptions,
  ResolvedOptions,
  SweepOptions,
} from "./types"
import { validateOptions } from "./validate"

const DEFAULT_TTL_SECONDS = 3600
const DEFAULT_NAMESPACE = "medusa"
const EVERY_MINUTE = "* * * * *"
const DEFAULT_MAX_ENTRY_BYTES = 8 * 1024 * 1024
const DEFAULT_NEAR_CACHE_BYTES = 32 * 1024 * 1024
/** Long enough to spare a hot key's reads, short enough for an old price. */
const DEFAULT_NEAR_CACHE_TTL_SECONDS = 5

/** The Caching Module's options: what Medusa hands to a loader as `moduleOptions`. */
export interface CachingModuleOptions {
  database?: DatabaseOptions
  providers?: {
    id?: string
    resolve?: unknown
    options?: CachingPostgresOptions
  }[]
}

/**
 * Validates the provider's options and fills in the defaults; the database's come from the shop's
 * own configuration.
 *
 * @throws {OptionError} for all options that do not exist or have a value that is not allowed, or a missing namespace
 */
export function resolveOptions(
  options: unknown,
  moduleOptions: CachingModuleOptions
): ResolvedOptions {
  validateOptions(options)

  return {
    ttl: parseTtl(options.ttl) ?? DEFAULT_TTL_SECONDS,
    namespace: resolveNamespace(options, moduleOptions),
    sweep: resolveSweep(options.sweep),
    maxEntries: options.maxEntries ?? Infinity,
    maxBytes: options.maxBytes ?? Infinity,
    maxEntryBytes: options.maxEntryBytes ?? DEFAULT_MAX_ENTRY_BYTES,
    logged: options.logged ?? false,
    timeouts: {
      getMillis: options.timeouts?.getMillis ?? 500,
      setMillis: options.timeouts?.setMillis ?? 5_000,
      clearMillis: options.timeouts?.clearMillis ?? 5_000,
    },
    nearCache: resolveNearCache(options.nearCache),
    pool: {
      max: options.pool?.max ?? 3,
      idleTimeoutMillis: options.pool?.idleTimeoutMillis ?? 30_000,
      connectionTimeoutMillis: options.pool?.connectionTimeoutMillis ?? 5_000,
    },
    database: resolveDatabase(options, moduleOptions),
  }
}

/**
 * The default is for the shop's own database only. A database of the cache's own may serve several shops, and
 * with one namespace they would share entries: one's clear of everything would empty the other's cache.
 */
function resolveNamespace(
  { namespace, database: own = {} }: CachingPostgresOptions,
  { database: shop = {} }: CachingModuleOptions
): string {
  if (
    namespace === undefined &&
    own.clientUrl &&
    own.clientUrl !== shop.clientUrl
  ) {
    throw new OptionError([
      refused(
        "namespace",
        'nothing, though "database.clientUrl" names another database than the shop\'s',
        'a name for this shop such as "my-shop"; several shops may use that database, and those with the same namespace share their entries'
      ),
    ])
  }
  return namespace ?? DEFAULT_NAMESPACE
}

function resolveSweep(
  sweep: CachingPostgresOptions["sweep"]
): ResolvedOptions["sweep"] {
  if (sweep === false) {
    return false
  }
  const { schedule, timeZone }: SweepOptions =
    typeof sweep === "object" ? sweep : { schedule: sweep }
  return { schedule: schedule ?? EVERY_MINUTE, timeZone }
}

function resolveNearCache(
  nearCache: CachingPostgresOptions["nearCache"]
): ResolvedOptions["nearCache"] {
  if (!nearCache) {
    return false
  }
  const own = nearCache === true ? {} : nearCache
  return {
    maxBytes: own.maxBytes ?? DEFAULT_NEAR_CACHE_BYTES,
    ttl: own.ttl ?? DEFAULT_NEAR_CACHE_TTL_SECONDS,
    share: own.share ?? false,
    clientUrl: own.clientUrl,
  }
}

/**
 * Without `options.database` this is the shop's database, reached as the shop reaches it. A
 * `clientUrl` of the cache's own starts from PostgreSQL's defaults instead: the shop's schema and
 * certificates belong to another server.
 */
function resolveDatabase(
  { database: own = {} }: CachingPostgresOptions,
  { database: shop = {} }: CachingModuleOptions
): ResolvedOptions["database"] {
  const base = own.clientUrl ? { clientUrl: own.clientUrl } : shop
  if (!base.clientUrl) {
    throw new OptionError([
      refused(
        "database.clientUrl",
        "nothing, and the shop has no databaseUrl either",
        "a postgres:// URL"
      ),
    ])
  }
  return {
    clientUrl: base.clientUrl,
    schema: own.schema ?? (base.schema || "public"),
    driverOptions: own.driverOptions ?? base.driverOptions ?? {},
  }
}
