import { validate as isCronExpression } from "node-cron"
import {
  flag,
  group,
  groupOrFalse,
  isObject,
  list,
  MEGABYTE,
  option,
  OptionError,
  type Reader,
  refused,
  string,
  wholeNumber,
} from "./readers"
import type {
  CachingModuleOptions,
  CachingPostgresOptions,
  DatabaseOptions,
  DriverOptions,
  ResolvedOptions,
  ResolvedServer,
  ServerOptions,
} from "./types"

const MAX_NAMESPACE = 200
const MAX_GRACE_SECONDS = 30 * 24 * 60 * 60
/** About 3,170 years. PostgreSQL's timestamps end in the year 294276: a larger number cannot be added to the present. */
const MAX_FINITE_TTL_SECONDS = 1e11

const timeout = (defaultMillis: number) =>
  wholeNumber("milliseconds as ", defaultMillis, 10, 60_000)

// A URL holds a password, so it must not appear in a log.
const postgresUrl = string(
  "a postgres:// URL",
  (value) => isPostgresUrl(value) && canBeParsed(value),
  (value) =>
    isPostgresUrl(value)
      ? "a URL that cannot be parsed (is the password percent-encoded, such as %2F for /?)"
      : "something else"
)

const ofDatabase = {
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
}

const readServer = group({
  name: string(
    "1 to 63 letters, digits, _, . and -, beginning with a letter or digit",
    (value) => /^[a-z0-9][a-z0-9_.-]{0,62}$/i.test(value)
  ),
  ...ofDatabase,
})

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
    `a string of 1 to ${MAX_NAMESPACE} characters without NUL`,
    (value) =>
      value.length > 0 &&
      value.length <= MAX_NAMESPACE &&
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
    writeMillis: timeout(5_000),
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
  grace: wholeNumber("seconds as ", 0, 0, MAX_GRACE_SECONDS),
  pool: group({
    max: wholeNumber("", 3, 3, 100),
    idleTimeoutMillis: wholeNumber("milliseconds as ", 30_000, 0),
    connectionTimeoutMillis: wholeNumber("milliseconds as ", 5_000, 1),
  }),
  database: group({
    ...ofDatabase,
    servers: list("a list of { name, clientUrl }", readServer),
  }),
} satisfies Record<keyof CachingPostgresOptions, Reader<unknown>>)

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
  const { database: own, nearCache } = read
  const given = own.servers ?? []
  // Needs servers that are as they should be, each by itself.
  if (own.servers && problems.length === 0) {
    const nearCacheUrl = nearCache ? nearCache.clientUrl : undefined
    checkServers({ ...own, servers: given }, nearCacheUrl, problems)
  }
  if (read.namespace === undefined && !isShops([own, ...given], shop)) {
    problems.push(NAMESPACE_MISSING)
  }
  if (problems.length > 0) {
    throw new OptionError(problems)
  }
  const servers = given.map(({ name, ...database }) => ({
    name: name!,
    database: resolveDatabase(database, shop),
  }))
  return {
    ...read,
    ttl: parseTtl(read.ttl)!,
    lease: read.lease || (read.grace > 0 && readLease({}, "lease", problems)),
    namespace: read.namespace ?? "medusa",
    database: servers[0]?.database ?? resolveDatabase(own, shop),
    servers,
  }
}

/** Adds a line to `problems` for what is wrong with several servers, each of which is as it should be. */
function checkServers(
  {
    servers,
    ...others
  }: Omit<DatabaseOptions, "servers"> & { servers: Partial<ServerOptions>[] },
  nearCacheUrl: string | undefined,
  problems: string[]
): void {
  const add = (...problem: Parameters<typeof refused>) =>
    problems.push(refused(...problem))
  if (servers.length === 0) {
    add("database.servers", "an empty list", "at least one server")
  }
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) {
      const came = 'a value beside "database.servers"'
      add(`database.${name}`, came, "one of the two")
    }
  }
  if (nearCacheUrl !== undefined) {
    const came = 'a URL, though there is "database.servers"'
    add("nearCache.clientUrl", came, "nothing: each server has its own URL")
  }
  const taken = new Set<string>()
  const isTaken = (what: string) => taken.has(what) || !taken.add(what)
  for (const [index, { name, clientUrl, schema }] of servers.entries()) {
    const option = `database.servers[${index}]`
    if (!name || !clientUrl) {
      const missing = name ? "clientUrl" : "name"
      add(`${option}.${missing}`, "nothing", "one for each server")
    } else if (isTaken(name)) {
      const came = `"${name}", which another server has`
      add(`${option}.name`, came, "a name of its own for each")
    } else if (isTaken(`${clientUrl} ${schema ?? "public"}`)) {
      const came = "the database and schema of another server"
      add(`${option}.clientUrl`, came, "a database of its own for each")
    }
  }
}

/** The options of each server as if it was the only one. Limits are of the whole, so each gets its part of them. */
export function optionsByServer(options: ResolvedOptions): ResolvedOptions[] {
  const { servers, nearCache } = options
  const part = (limit: number) => Math.ceil(limit / servers.length)
  return servers.map(({ name, database }) => ({
    ...options,
    database,
    servers: [],
    server: name,
    maxEntries: part(options.maxEntries),
    maxBytes: part(options.maxBytes),
    nearCache: nearCache && {
      ...nearCache,
      maxBytes: part(nearCache.maxBytes),
    },
  }))
}

/** Every database of a cache: its servers, or the only one. */
export function databasesOf(
  options: ResolvedOptions
): readonly ResolvedServer["database"][] {
  const { servers, database } = options
  return servers.length > 0
    ? servers.map((server) => server.database)
    : [database]
}

/** @returns seconds; `Infinity` for 0 and for what is too large to be a date; `undefined` when it is not a TTL at all */
export function parseTtl(ttl: unknown): number | undefined {
  const seconds = typeof ttl === "string" && ttl.trim() ? Number(ttl) : ttl
  if (typeof seconds !== "number" || Number.isNaN(seconds)) {
    return undefined
  }
  const isEndless = seconds === 0 || seconds > MAX_FINITE_TTL_SECONDS
  return isEndless ? Infinity : seconds
}

/**
 * The default namespace is for the shop's own database only. A database of the cache's own may serve several shops,
 * and with one namespace they would share entries: one's clear of everything would empty the other's cache.
 */
const NAMESPACE_MISSING = refused(
  "namespace",
  'nothing, though "database.clientUrl" names another database than the shop\'s',
  'a name for this shop such as "my-shop"; several shops may use that database, and those with the same namespace share their entries'
)

function isShops(
  databases: readonly Pick<DatabaseOptions, "clientUrl">[],
  shop: DatabaseOptions
): boolean {
  return databases.every(
    ({ clientUrl }) => !clientUrl || clientUrl === shop.clientUrl
  )
}

/**
 * Without `options.database` this is the shop's database, reached as the shop reaches it. A `clientUrl` of the
 * cache's own starts from PostgreSQL's defaults: the shop's schema and certificates belong to another server.
 */
function resolveDatabase(
  own: Omit<DatabaseOptions, "servers">,
  shop: DatabaseOptions
): ResolvedOptions["database"] {
  const base = own.clientUrl ? { clientUrl: own.clientUrl } : shop
  return {
    clientUrl:
      base.clientUrl ||
      refuse(
        "database.clientUrl",
        "nothing, and the shop has no databaseUrl either",
        "a postgres:// URL"
      ),
    schema: own.schema ?? (base.schema || "public"),
    driverOptions: own.driverOptions ?? base.driverOptions ?? {},
  }
}

function isPostgresUrl(value: unknown): boolean {
  return typeof value === "string" && /^postgres(ql)?:\/\//.test(value)
}

/** As pg does it (pg-connection-string), but for the files that a URL may name. */
function canBeParsed(url: string): boolean {
  const isEncoded = !/ |%[^a-f0-9]|%[a-f0-9][^a-f0-9]/i.test(url)
  const text = isEncoded ? url : encodeURI(url).replace(/%25(\d\d)/g, "%$1")
  try {
    // The host may be missing where it is a parameter.
    const { username, password, hostname, pathname } = new URL(
      URL.canParse(text) ? text : text.replace("@/", "@host/")
    )
    for (const part of [username, password, hostname, pathname]) {
      decodeURIComponent(part)
    }
    return true
  } catch {
    return false
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

/**
 * Refuses two registrations on the same tables that would share entries without anybody having asked for it, or that
 * differ in `logged`: `medusa db:migrate` could follow one of them only.
 *
 * Medusa does not say which registration a loader runs for; the options object is the only mark. Registrations
 * without options know each other by lacking them.
 *
 * @throws {OptionError} naming the two registrations
 */
export function requireCompatible(
  own: CachingPostgresOptions | undefined,
  moduleOptions: CachingModuleOptions
): void {
  const registrations = moduleOptions.providers ?? []
  const self = registrations.find(({ options }) => options === own)
  for (const other of registrations) {
    if (!self || other === self || other.resolve !== self.resolve) {
      continue
    }
    const one = resolveOptions(own ?? {}, moduleOptions)
    const two = resolveOptions(other.options ?? {}, moduleOptions)
    const pair = `for the providers "${self.id}" and "${other.id}", which share their tables`
    if (shareEntries(one, two)) {
      refuse("namespace", `the same ${pair}`, "a namespace of its own for each")
    }
    if (differInStorage(one, two)) {
      refuse("logged", `true and false ${pair}`, "the same for both")
    }
  }
}

/** Whether registrations share tables and do not agree in how these are stored. */
export function differInStorage(
  one: ResolvedOptions,
  other: ResolvedOptions
): boolean {
  return one.logged !== other.logged && shareTables(one, other)
}

/** Whether registrations share entries. */
export function shareEntries(
  one: ResolvedOptions,
  other: ResolvedOptions
): boolean {
  return one.namespace === other.namespace && shareTables(one, other)
}

function shareTables(one: ResolvedOptions, other: ResolvedOptions): boolean {
  const places = databasesOf(one).map(placeOf)
  return databasesOf(other).some((database) =>
    places.includes(placeOf(database))
  )
}

/** Where tables are. */
export function placeOf({
  clientUrl,
  schema,
}: ResolvedServer["database"]): string {
  return JSON.stringify([clientUrl, schema])
}

function refuse(...problem: Parameters<typeof refused>): never {
  throw new OptionError([refused(...problem)])
}
