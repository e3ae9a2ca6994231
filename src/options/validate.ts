import { validate as isCronExpression } from "node-cron"
import { describe, OptionError, refused, unknown } from "./option-error"
import { parseTtl } from "./ttl"
import type {
  CachingPostgresOptions,
  DatabaseOptions,
  NearCacheOptions,
  PoolOptions,
  SweepOptions,
  TimeoutOptions,
} from "./types"

const LONGEST_NAMESPACE = 200
/** Below it the estimate would be about a handful of entries. */
const LEAST_MAX_BYTES = 1024 * 1024
/** Some way below the half gigabyte that a JavaScript string holds. */
const LARGEST_ENTRY_BYTES = 256 * 1024 * 1024
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/
const POSTGRES_URL = /^postgres(ql)?:\/\//

/** @returns what is wrong, a line for each wrong option */
type Check = (value: unknown, option: string) => string[]
type Checks<T> = { [option in keyof Required<T>]: Check }

const sweepRule = rule(
  'a cron expression such as "* * * * *", { schedule, timeZone }, or false',
  (value) => value === false || isSchedule(value)
)

const sweepChecks: Checks<SweepOptions> = {
  schedule: rule('a cron expression such as "* * * * *"', isSchedule),
  timeZone: rule(
    'the IANA name of a time zone such as "Europe/Copenhagen"',
    isTimeZone
  ),
}

const timeLimit = rule(
  "milliseconds as a whole number from 10 to 60000",
  wholeNumber(10, 60_000)
)

const postgresUrl = rule(
  "a postgres:// URL",
  (value) => typeof value === "string" && POSTGRES_URL.test(value),
  // A URL holds a password, so it must not appear in a log.
  () => "something else"
)

const boolean = rule("true or false", (value) => typeof value === "boolean")

const nearCacheRule = rule(
  "true, { maxBytes, ttl, share, clientUrl } or false",
  (value) => typeof value === "boolean"
)

const nearCacheChecks: Checks<NearCacheOptions> = {
  maxBytes: rule(
    `bytes as a whole number, ${LEAST_MAX_BYTES} (1 MB) or more`,
    wholeNumber(LEAST_MAX_BYTES)
  ),
  ttl: rule(
    "seconds as a number from 0.1 to 60",
    (value) => typeof value === "number" && value >= 0.1 && value <= 60
  ),
  share: boolean,
  clientUrl: postgresUrl,
}

const checks: Checks<CachingPostgresOptions> = {
  ttl: rule(
    "seconds as a number, 0 or more (0 and Infinity: for ever)",
    (value) => (parseTtl(value) ?? -1) > 0
  ),
  namespace: rule(
    `a string of 1 to ${LONGEST_NAMESPACE} characters without NUL`,
    (value) =>
      typeof value === "string" &&
      value.length > 0 &&
      value.length <= LONGEST_NAMESPACE &&
      !value.includes("\0") &&
      value.isWellFormed()
  ),
  sweep: (value, option) =>
    isPlainObject(value)
      ? checkGroup(value, sweepChecks, `${option}.`)
      : sweepRule(value, option),
  maxEntries: rule(
    "a whole number, 1 or more, or Infinity (no limit)",
    (value) => value === Infinity || wholeNumber(1)(value)
  ),
  maxBytes: rule(
    `bytes as a whole number, ${LEAST_MAX_BYTES} (1 MB) or more, or Infinity (no limit)`,
    (value) => value === Infinity || wholeNumber(LEAST_MAX_BYTES)(value)
  ),
  maxEntryBytes: rule(
    `bytes as a whole number from 1 to ${LARGEST_ENTRY_BYTES} (256 MB)`,
    wholeNumber(1, LARGEST_ENTRY_BYTES)
  ),
  logged: boolean,
  timeouts: group<TimeoutOptions>({
    getMillis: timeLimit,
    setMillis: timeLimit,
    clearMillis: timeLimit,
  }),
  nearCache: (value, option) =>
    isPlainObject(value)
      ? checkGroup(value, nearCacheChecks, `${option}.`)
      : nearCacheRule(value, option),
  pool: group<PoolOptions>({
    max: rule("a whole number from 3 to 100", wholeNumber(3, 100)),
    idleTimeoutMillis: rule(
      "milliseconds as a whole number, 0 or more",
      wholeNumber(0)
    ),
    connectionTimeoutMillis: rule(
      "milliseconds as a whole number, 1 or more",
      wholeNumber(1)
    ),
  }),
  database: group<DatabaseOptions>({
    clientUrl: postgresUrl,
    schema: rule(
      "a lower-case identifier: a-z, 0-9 and _, not starting with a digit, at most 63 characters",
      (value) => typeof value === "string" && SCHEMA.test(value)
    ),
    driverOptions: rule("an object", isPlainObject),
  }),
}

/**
 * Checks what `medusa-config.ts` gave.
 *
 * @throws {OptionError} for all options that do not exist or have a value that is not allowed
 */
export function validateOptions(
  options: unknown
): asserts options is CachingPostgresOptions {
  const complaints = isPlainObject(options)
    ? checkGroup(options, checks, "")
    : [refused("options", describe(options), "an object")]
  if (complaints.length > 0) {
    throw new OptionError(complaints)
  }
}

function rule(
  allowed: string,
  accepts: (value: unknown) => boolean,
  show: (value: unknown) => string = describe
): Check {
  return (value, option) =>
    accepts(value) ? [] : [refused(option, show(value), allowed)]
}

function group<T>(members: Checks<T>): Check {
  return (value, option) =>
    isPlainObject(value)
      ? checkGroup(value, members, `${option}.`)
      : [refused(option, describe(value), "an object")]
}

function checkGroup(
  values: Record<string, unknown>,
  members: Record<string, Check>,
  prefix: string
): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const check = Object.hasOwn(members, name) ? members[name] : undefined
    if (!check) {
      return [unknown(prefix, name, Object.keys(members))]
    }
    // An option left undefined (an unset environment variable, say) takes its default.
    return value === undefined ? [] : check(value, `${prefix}${name}`)
  })
}

function wholeNumber(
  least: number,
  most = Number.MAX_SAFE_INTEGER
): (value: unknown) => boolean {
  return (value) =>
    Number.isInteger(value) &&
    (value as number) >= least &&
    (value as number) <= most
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isSchedule(value: unknown): boolean {
  return typeof value === "string" && isCronExpression(value)
}

function isTimeZone(value: unknown): boolean {
  try {
    return (
      typeof value === "string" &&
      Intl.DateTimeFormat("en", { timeZone: value }) !== undefined
    )
  } catch {
    return false
  }
}
