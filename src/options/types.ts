import type { ConnectionOptions } from "node:tls"

/** Options of the provider, as given in `medusa-config.ts`. Every one is optional. */
export interface CachingPostgresOptions {
  /**
   * Seconds an entry lives when `set` names no `ttl`. `0` and `Infinity` mean for ever.
   * The Caching Module itself passes a `ttl` on every `set` (its own option, 3600 by default),
   * so this one counts for direct calls of the provider. A string must be a number, as an environment
   * variable holds it.
   * @default 3600
   */
  ttl?: number | `${number}`
  /**
   * Separates caches that share the tables: entries, tags and `"*"` of one namespace are
   * invisible to every other. 1 to 200 characters. Required where `database.clientUrl` is not the shop's
   * own `databaseUrl`: several shops may use that database.
   * @default "medusa"
   */
  namespace?: string
  /**
   * When expired rows are removed: a cron expression (five or six fields), that and a time zone, or
   * `false` to leave it to other processes. Expired entries are never served, swept or not.
   * @default "* * * * *" (every minute)
   */
  sweep?: false | string | SweepOptions
  /**
   * Most entries of the namespace; beyond it those are evicted that were set longest ago. Kept within
   * about a tenth. Everything from 1; `Infinity`: no limit.
   * @default Infinity
   */
  maxEntries?: number
  /**
   * Most bytes of the namespace: rows as they are stored (compressed), with their tags and places in
   * indexes. Kept like `maxEntries`. Everything from 1 MB (1048576); `Infinity`: no limit.
   * @default Infinity
   */
  maxBytes?: number
  /**
   * Bytes of JSON beyond which a value is not cached: it is refused with a warning, and what stood
   * under its key is removed. 1 to 268435456 (256 MB).
   * @default 8388608 (8 MB)
   */
  maxEntryBytes?: number
  /**
   * Makes the cache's tables ordinary ones, which are written to WAL, instead of unlogged ones: for hosts on which
   * unlogged tables vanish. `medusa db:migrate` changes the tables that differ. All registrations that share tables
   * must agree.
   * @default false
   */
  logged?: boolean
  /** How long a call may take, whatever the database does. */
  timeouts?: TimeoutOptions
  /**
   * Keeps entries that were read of late in the memory of each process, in front of the table; `true`: with
   * its defaults; `false`: only the table. All processes that share a namespace must agree in whether they have one.
   * @default false
   */
  nearCache?: boolean | NearCacheOptions
  /** The provider's own connection pool; it never borrows from the shop's. */
  pool?: PoolOptions
  /** Where the cache lives. Default: the shop's own database, schema and driver options. */
  database?: DatabaseOptions
}

export interface SweepOptions {
  /** A cron expression of five fields, or of six with the seconds in front. */
  schedule?: string
  /**
   * The time zone of the schedule, by its IANA name, such as "Europe/Copenhagen".
   * @default the process's own
   */
  timeZone?: string
}

export interface NearCacheOptions {
  /**
   * Most bytes that it takes on the heap of each process, about; the least recently used entries go. From
   * 1 MB (1048576) on.
   * @default 33554432 (32 MB)
   */
  maxBytes?: number
  /**
   * Seconds after which an entry is read from the table again, 0.1 to 60: so long, at most, an old value is
   * served whose removal was announced to nobody.
   * @default 5
   */
  ttl?: number
  /**
   * Hands the same frozen value to all callers, instead of a copy to each: for those who never change what they
   * get. Faster by far; an attempt to change it throws in strict mode. Every answer of a get by key is deeply frozen, also
   * one that comes from the table; those of a get by tags are not.
   * @default false
   */
  share?: boolean
  /**
   * `postgres://…` URL for the connection that listens, where the database's own leads to a pooler in
   * transaction mode.
   * @default the URL of the cache's database
   */
  clientUrl?: string
}

export interface TimeoutOptions {
  /**
   * Milliseconds after which a `get` is a miss, 10 to 60000. Short, since the shop can always ask its own
   * tables.
   * @default 500
   */
  getMillis?: number
  /**
   * Milliseconds after which a `set` is given up, 10 to 60000.
   * @default 5000
   */
  setMillis?: number
  /**
   * Milliseconds after which a `clear` goes on behind its caller's back, 10 to 60000; until it is
   * carried out, this process serves nothing from the cache.
   * @default 5000
   */
  clearMillis?: number
}

export interface PoolOptions {
  /**
   * Most connections this process opens for the cache, at least 3: one writes, one maintains,
   * the others read.
   * @default 3
   */
  max?: number
  /**
   * Milliseconds after which an idle connection is closed; 0 keeps it.
   * @default 30000
   */
  idleTimeoutMillis?: number
  /**
   * Milliseconds to wait for a connection before the operation counts as failed.
   * @default 5000
   */
  connectionTimeoutMillis?: number
}

export interface DatabaseOptions {
  /** `postgres://…` URL of a database of the cache's own. */
  clientUrl?: string
  /** Schema of the cache's tables: a lower-case identifier. `medusa db:migrate` creates it. */
  schema?: string
  /** Driver settings, in the form of the shop's `databaseDriverOptions`. */
  driverOptions?: DriverOptions
}

/** What Medusa accepts as `databaseDriverOptions`, as far as a connection of ours can use it. */
export interface DriverOptions {
  ssl?: boolean | ConnectionOptions
  connection?: {
    ssl?: boolean | ConnectionOptions
    keepAlive?: boolean
    keepAliveInitialDelayMillis?: number
    [setting: string]: unknown
  }
  keepAlive?: boolean
  keepAliveInitialDelayMillis?: number
  /** Gives the password anew for each connection, for tokens that expire. */
  dynamicPassword?: () => string | Promise<string>
  [setting: string]: unknown
}

/** The near cache's options, with every default filled in. */
export interface NearCacheSettings {
  readonly maxBytes: number
  /** Seconds. */
  readonly ttl: number
  readonly share: boolean
  readonly clientUrl?: string
}

/** The options after validation, with every default filled in. */
export interface ResolvedOptions {
  /** Seconds; `Infinity` means for ever. */
  readonly ttl: number
  readonly namespace: string
  readonly sweep:
    false | { readonly schedule: string; readonly timeZone: string | undefined }
  readonly maxEntries: number
  readonly maxBytes: number
  readonly maxEntryBytes: number
  /** `undefined` where it is not known: the command line was given a database's URL. */
  readonly logged: boolean | undefined
  readonly timeouts: Required<TimeoutOptions>
  readonly nearCache: false | NearCacheSettings
  readonly pool: Required<PoolOptions>
  readonly database: {
    readonly clientUrl: string
    readonly schema: string
    readonly driverOptions: DriverOptions
  }
}
