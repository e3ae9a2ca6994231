import { validate as isCronExpression } from "node-cron"
import { describe, OptionError } from "./option-error"
import { parseTtl } from "./ttl"
import type {
  CachingPostgresOptions,
  DatabaseOptions,
  PoolOptions,
} from "./types"

const LONGEST_NAMESPACE = 200
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/
const POSTGRES_URL = /^postgres(ql)?:\/\//

type Check = (value: unknown, option: string) => void
type Checks<T> = { [option in keyof Required<T>]: Check }

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
  sweep: rule(
    'a cron expression such as "* * * * *", or false',
    (value) =>
      value === false || (typeof value === "string" && isCronExpression(value))
  ),
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
    clientUrl: rule(
      "a postgres:// URL",
      (value) => typeof value === "string" && POSTGRES_URL.test(value),
      // A URL holds a password, so it must not appear in a log.
      () => "something else"
    ),
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
 * @throws {OptionError} for the first option that is unknown or has a value that is not allowed
 */
export function validateOptions(
  options: unknown
): asserts options is CachingPostgresOptions {
  if (!isPlainObject(options)) {
    throw new OptionError("options", describe(options), "an object")
  }
  checkGroup(options, checks, "")
}

function rule(
  allowed: string,
  accepts: (value: unknown) => boolean,
  show: (value: unknown) => string = describe
): Check {
  return (value, option) => {
    if (!accepts(value)) {
      throw new OptionError(option, show(value), allowed)
    }
  }
}

function group<T>(members: Checks<T>): Check {
  return (value, option) => {
    if (!isPlainObject(value)) {
      throw new OptionError(option, describe(value), "an object")
    }
    checkGroup(value, members, `${option}.`)
  }
}

function checkGroup(
  values: Record<string, unknown>,
  members: Record<string, Check>,
  prefix: string
): void {
  for (const [option, value] of Object.entries(values)) {
    const check = Object.hasOwn(members, option) ? members[option] : undefined
    if (!check) {
      throw new OptionError(
        `${prefix}${option}`,
        "an option that does not exist",
        Object.keys(members).join(", ")
      )
    }
    // An option left undefined (an unset environment variable, say) takes its default.
    if (value !== undefined) {
      check(value, `${prefix}${option}`)
    }
  }
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
