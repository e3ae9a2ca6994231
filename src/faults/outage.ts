/** The database did not answer, or could not be reached, in time. */
export class TimeLimitError extends Error {
  override readonly name: string = "TimeLimitError"

  constructor(millis: number) {
    super(`no answer within ${millis} ms`)
  }
}

const READ_ONLY = "25006"

/**
 * SQLSTATEs, by their beginnings, after which the next statement would fare no better
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const OUTAGES = [
  "08", // the connection
  READ_ONLY,
  "28", // the password, or pg_hba.conf
  "3D000", // no such database
  "3F000", // no such schema
  "42P01", // no such table
  "42501", // not allowed
  "53200", // out of memory
  "53300", // too many connections
  "55000", // an unlogged table on a standby, among others
  "57", // shut down, cancelled by a time limit, starting up
  "0A000", // an unlogged table on a standby that is read-only
]
const MISSING_TABLES = ["42P01", "3F000"]

/** Errors of this process, for example over a stored value that is not JSON. */
const OWN_FAULTS = [SyntaxError, TypeError, RangeError]

/** As pg makes it of what the server reports; other errors have no severity. */
export interface ServerError {
  readonly severity?: string
  readonly code?: string
}

/** Whether an error is about the database as a whole and not about one statement's values. */
export function isOutage(error: unknown): boolean {
  const { code } = error as ServerError
  if (OWN_FAULTS.some((fault) => error instanceof fault)) {
    return false
  }
  return (
    isConnectionLost(error) ||
    code === undefined ||
    OUTAGES.some((outage) => code.startsWith(outage))
  )
}

/**
 * Whether it is unknown what became of a statement: only what the server reports itself has a severity, and
 * FATAL ends the connection.
 */
export function isConnectionLost(error: unknown): boolean {
  const { severity } = error as ServerError
  return severity === undefined || severity === "FATAL"
}

/** The server takes no writes: a standby, or a former primary. */
export class ReadOnlyError extends Error {
  override readonly message = "the database is read-only"
  readonly code = READ_ONLY
}

export function isReadOnly(error: unknown): boolean {
  return (error as ServerError).code === READ_ONLY
}

/** What to tell people, in place of an error whose remedy is known. */
export function withRemedy(error: unknown): unknown {
  const { code } = error as ServerError
  if (!code || !MISSING_TABLES.includes(code)) {
    return error
  }
  const advice = `the tables are missing (${(error as Error).message}); run \`npx medusa db:migrate\`, and the cache begins by itself; if it says that all is up to date, run \`npx medusa db:rollback caching\` first`
  return Object.assign(new Error(advice), { code })
}
