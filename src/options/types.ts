import type { ConnectionOptions } from "node:tls"

/** Options of the provider, as given in `medusa-config.ts`. Every one is optional; docs/options.md says more. */
export interface CachingPostgresOptions {
  /**
   * Seconds an entry lives when `set` names no `ttl`; `0` and `Infinity`: no expiry. Default: 3600. The Caching
   * Module passes a `ttl` on every `set`, so this one counts for direct calls of the provider.
   */
  ttl?: number | `${number}`
  /**
   * Separates caches that share the tables. 1 to 200 characters. Default: "medusa". Required where
   * `database.clientUrl` is not the shop's own `databaseUrl`.
   */
  namespace?: string
  /** When expired rows are deleted: a cron expression, or `false` to leave it to other processes. Default: every minute. */
  sweep?: false | string | SweepOptions
  /** Maximum number of entries in the namespace, at least 1. Beyond it, the oldest are evicted. Default: `Infinity`, no limit. */
  maxEntries?: number
  /** Most bytes of the namespace as stored, 1048576 (1 MB) or more. Kept like `maxEntries`. Default: `Infinity`. */
  maxBytes?: number
  /** Bytes of JSON beyond which a value is not cached, 1 to 268435456 (256 MB). Default: 8388608 (8 MB). */
  maxEntryBytes?: number
  /** Makes the tables logged, for hosts on which unlogged tables vanish. The same for all that share them. Default: false. */
  logged?: boolean
  /** How long a call may take, whatever the database does. */
  timeouts?: TimeoutOptions
  /** Keeps recently read entries in memory; `true`: with defaults. The same in all processes. Default: false. */
  nearCache?: boolean | NearCacheOptions
  /**
   * Lets one caller load a missing value while others wait for it; `true`: with its defaults. Default: false.
   */
  lease?: boolean | LeaseOptions
  /**
   * Seconds after the end of its TTL, 0 to 2592000 (30 days), for which an entry is still served, while one caller loads the new
   * value; never after a clear. More than 0 turns `lease` on. All processes must agree. Default: 0.
   */
  grace?: number
  /** The provider's own connection pool; it never borrows from the shop's. */
  pool?: PoolOptions
  /** Where the cache lives. Default: the shop's own database, schema and driver options. */
  database?: DatabaseOptions
}

export interface SweepOptions {
  /** A cron expression of five fields, or of six with the seconds in front. Default: every minute. */
  schedule?: string
  /** The schedule's time zone by its IANA name, such as "Europe/Copenhagen". Default: the process's own. */
  timeZone?: string
}

export interface NearCacheOptions {
  /** About how many bytes it may take on the heap of each process, 1048576 (1 MB) or more. Default: 33554432 (32 MB). */
  maxBytes?: number
  /** Seconds after which an entry is read from the table again, 0.1 to 60. Default: 5. */
  ttl?: number
  /**
   * Hands the same frozen value to all callers, instead of a copy to each: an attempt to change it throws in strict
   * mode. Answers of a get by tags are not frozen. Default: false.
   */
  share?: boolean
  /** URL for the connection that listens, where the database's own leads to a pooler in transaction mode. */
  clientUrl?: string
}

export interface LeaseOptions {
  /** Milliseconds that a get waits at most for the load of another caller, 10 to 60000. Default: 2000. */
  waitMillis?: number
  /**
   * Whether callers wait for a load of another process, too, which costs each miss a row in the table of leases. All
   * processes must agree. Default: true.
   */
  acrossProcesses?: boolean
}

export interface TimeoutOptions {
  /** Milliseconds after which a `get` is a miss, 10 to 60000. Default: 500; the shop can ask its own tables. */
  getMillis?: number
  /**
   * Milliseconds after which a `set` is given up, and a `clear` returns and goes on in the background, 10 to 60000.
   * Default: 5000.
   */
  writeMillis?: number
}

export interface PoolOptions {
  /** Most connections of this process, 3 to 100: one writes, one maintains, the others read. Default: 3. */
  max?: number
  /** Milliseconds after which an idle connection is closed; 0 keeps it. Default: 30000. */
  idleTimeoutMillis?: number
  /** Milliseconds after which an attempt to connect ends. Default: 5000. */
  connectionTimeoutMillis?: number
}

export interface DatabaseOptions {
  /** `postgres://…` URL of a database of the cache's own. */
  clientUrl?: string
  /** Schema of the cache's tables: a lower-case identifier. `medusa db:migrate` creates it. */
  schema?: string
  /** Driver settings, in the form of the shop's `databaseDriverOptions`. */
  driverOptions?: DriverOptions
  /** Spreads the keys over several servers (docs/scaling.md). In place of the options before this one. */
  servers?: ServerOptions[]
}

/** One of several servers that hold the cache together. */
export interface ServerOptions extends Omit<DatabaseOptions, "servers"> {
  /** Decides which keys the server holds, so it stays when the server's address changes. */
  name: string
  clientUrl: string
}

interface SocketOptions {
  ssl?: boolean | ConnectionOptions
  keepAlive?: boolean
  keepAliveInitialDelayMillis?: number
  [setting: string]: unknown
}

/** What Medusa accepts as `databaseDriverOptions`, as far as a connection of ours can use it. */
export interface DriverOptions extends SocketOptions {
  connection?: SocketOptions
  /** Gives the password anew for each connection, for tokens that expire. */
  dynamicPassword?: () => string | Promise<string>
}

/** The Caching Module's options: what Medusa hands to a loader as `moduleOptions`. */
export interface CachingModuleOptions {
  database?: DatabaseOptions
  providers?: {
    id?: string
    resolve?: unknown
    options?: CachingPostgresOptions
  }[]
}

type Resolved<T, Optional extends keyof T = never> = Readonly<
  Required<Omit<T, Optional>> & Pick<T, Optional>
>

/** The near cache's options, with every default filled in. */
export type NearCacheSettings = Resolved<NearCacheOptions, "clientUrl">

export type LeaseSettings = Resolved<LeaseOptions>

type ResolvedDatabase = Resolved<Omit<DatabaseOptions, "servers">>

/** One of several servers, with every default filled in. */
export interface ResolvedServer {
  readonly name: string
  readonly database: ResolvedDatabase
}

/** The options after validation, with every default filled in. */
export interface ResolvedOptions {
  /** Seconds; `Infinity`: no expiry. */
  readonly ttl: number
  readonly namespace: string
  readonly sweep: false | Resolved<SweepOptions, "timeZone">
  readonly maxEntries: number
  readonly maxBytes: number
  readonly maxEntryBytes: number
  /** `undefined` where it is not known: the command line was given a database's URL. */
  readonly logged: boolean | undefined
  readonly timeouts: Resolved<TimeoutOptions>
  readonly nearCache: false | NearCacheSettings
  readonly lease: false | LeaseSettings
  /** Seconds. */
  readonly grace: number
  readonly pool: Resolved<PoolOptions>
  /** Where there are several servers, the first one's. */
  readonly database: ResolvedDatabase
  /** Where `database.servers` is given; else empty. */
  readonly servers: readonly ResolvedServer[]
  /** The name of the one of several servers that these options are about. */
  readonly server?: string
  /** Not an option: whether near caches of other processes are told of changes although this process has none. */
  readonly announces?: boolean
  /** Not an option: Medusa's worker mode, where a shop runs. */
  readonly workerMode?: string
}
