import { validate as isCronExpression } from "node-cron"
import { OptionError, refused } from "./option-error"
import {
  flag,
  group,
  groupOrFalse,
  isObject,
  option,
  type Reader,
  string,
  wholeNumber,
} from "./readers"
import type {
  CachingPostgresOptions,
  DatabaseOptions,
  DriverOptions,
  ResolvedOptions,
} from "./types"

const MEGABYTE = 2 ** 20
const LONGEST_NAMESPACE = 200
const LONGEST_GRACE_SECONDS = 30 * 24 * 60 * 60
/** About 3,170 years. PostgreSQL's timestamps end in the year 294276: a larger number cannot be added to the present. */
const LONGEST_FINITE_TTL_SECONDS = 1e11

const timeout = (defaultMillis: number) =>
  wholeNumber("milliseconds as ", defaultMillis, 10, 60_000)

// A URL holds a password, so it must not appear in a log.
const postgresUrl = string(
  "a postgres:// URL",
  (value) => /^postgres(ql)?:\/\//.test(value),
  () => "something else"
)

const readLease = group({
  waitMillis: timeout(2_000),
  acrossProcesses: flag(true),
})

/** Each option's default, what is allowed, and in which words an error says so. */
const readOptions = group({
  ttl: option<unknown>(
    3600,
    "seconds as a number, 0 or more (0 and Infinity: it never expires)",
    (value) => (parseTtl(value) ?? -1) > 0
  ),
  namespace: string(
    `a string of 1 to ${LONGEST_NAMESPACE} characters without NUL`,
    (value) =>
      value.length > 0 &&
      value.length <= LONGEST_NAMESPACE &&
      !value.includes("\0") &&
      value.isWellFormed()
  ),
  sweep: groupOrFalse(
    {},
    'a cron expression such as "* * * * *", { schedule, timeZone }, or false',
    (schedule) => (isSchedule(schedule) ? { schedule } : undefined),
    group({
      schedule: option(
        "* * * * *",
        'a cron expression such as "* * * * *"',
        isSchedule
      ),
      timeZone: string(
        'the IANA name of a time zone such as "Europe/Copenhagen"',
        isTimeZone
      ),
    })
  ),
  maxEntries: wholeNumber("", Infinity, 1),
  // Below a megabyte, the estimate would be about a handful of entries.
  maxBytes: wholeNumber("bytes as ", Infinity, MEGABYTE),
  // At most some way below the half gigabyte that a JavaScript string holds.
  maxEntryBytes: wholeNumber("bytes as ", 8 * MEGABYTE, 1, 256 * MEGABYTE),
  logged: flag(false),
  timeouts: group({
    getMillis: timeout(500),
    setMillis: timeout(5_000),
    clearMillis: timeout(5_000),
  }),
  nearCache: groupOrFalse(
    false,
    "true, { maxBytes, ttl, share, clientUrl } or false",
    (value) => (value === true ? {} : undefined),
    group({
      maxBytes: wholeNumber("bytes as ", 32 * MEGABYTE, MEGABYTE),
      // Long enough to spare a hot key's reads, short enough for an old price.
      ttl: option(
        5,
        "seconds as a number from 0.1 to 60",
        (value) => typeof value === "number" && value >= 0.1 && value <= 60
      ),
      share: flag(false),
      clientUrl: postgresUrl,
    })
  ),
  lease: groupOrFalse(
    false,
    "true, { waitMillis, acrossProcesses } or false",
    (value) => (value === true ? {} : undefined),
    readLease
  ),
  grace: wholeNumber("seconds as ", 0, 0, LONGEST_GRACE_SECONDS),
  pool: group({
    max: wholeNumber("", 3, 3, 100),
    idleTimeoutMillis: wholeNumber("milliseconds as ", 30_000, 0),
    connectionTimeoutMillis: wholeNumber("milliseconds as ", 5_000, 1),
  }),
  database: group({
    clientUrl: postgresUrl,
    schema: string(
      "a lower-case identifier: a-z, 0-9 and _, not starting with a digit, at most 63 characters",
      (value) => /^[a-z_][a-z0-9_]{0,62}$/.test(value)
    ),
    driverOptions: option<DriverOptions | undefined>(
      undefined,
      "an object",
      isObject
    ),
  }),
} satisfies Record<keyof CachingPostgresOptions, Reader<unknown>>)

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
 * Validates the provider's options and fills in the defaults; the database's come from the shop's own configuration.
 *
 * @throws {OptionError} for all options that do not exist or have a value that is not allowed, or a missing namespace
 */
export function resolveOptions(
  options: unknown,
  { database: shop = {} }: CachingModuleOptions
): ResolvedOptions {
  const problems: string[] = []
  const read = readOptions(options, "", problems)
  if (problems.length > 0) {
    throw new OptionError(problems)
  }
  return {
    ...read,
    ttl: parseTtl(read.ttl)!,
    lease: read.lease || (read.grace > 0 && readLease({}, "lease", problems)),
    namespace: read.namespace ?? defaultNamespace(read.database, shop),
    database: resolveDatabase(read.database, shop),
  }
}

/**
 * Reads a time to live.
 *
 * @returns seconds; `Infinity` for 0, for `Infinity` and for anything too large to be a date; a negative number stays
 *   negative; `undefined` when it is not a TTL at all
 */
export function parseTtl(ttl: unknown): number | undefined {
  const seconds = typeof ttl === "string" && ttl.trim() ? Number(ttl) : ttl
  if (typeof seconds !== "number" || Number.isNaN(seconds)) {
    return undefined
  }
  const isEndless = seconds === 0 || seconds > LONGEST_FINITE_TTL_SECONDS
  return isEndless ? Infinity : seconds
}

/**
 * The default is for the shop's own database only. A database of the cache's own may serve several shops, and
 * with one namespace they would share entries: one's clear of everything would empty the other's cache.
 */
function defaultNamespace(own: DatabaseOptions, shop: DatabaseOptions): string {
  if (own.clientUrl && own.clientUrl !== shop.clientUrl) {
    throw new OptionError([
      refused(
        "namespace",
        'nothing, though "database.clientUrl" names another database than the shop\'s',
        'a name for this shop such as "my-shop"; several shops may use that database, and those with the same namespace share their entries'
      ),
    ])
  }
  return "medusa"
}

/**
 * Without `options.database` this is the shop's database, reached as the shop reaches it. A `clientUrl` of the
 * cache's own starts from PostgreSQL's defaults: the shop's schema and certificates belong to another server.
 */
function resolveDatabase(
  own: DatabaseOptions,
  shop: DatabaseOptions
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

function isSchedule(value: unknown): boolean {
  return typeof value === "string" && isCronExpression(value)
}

function isTimeZone(timeZone: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone }) !== undefined
  } catch {
    return false
  }
}
