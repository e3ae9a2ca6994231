/** An error whose message says all there is to say to the person at the terminal. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  /** For scripts (`ErrorFacts.code`). */
  readonly code: string | undefined
  readonly namespaces: readonly string[] | undefined

  constructor(
    message: string,
    options: {
      cause?: unknown
      code?: string
      namespaces?: readonly string[]
    } = {}
  ) {
    super(message, { cause: options.cause })
    this.code = options.code ?? codeOf(options.cause)
    this.namespaces = options.namespaces
  }
}

/** An error as `--json` prints it, under the name `error`. */
export interface ErrorFacts {
  readonly message: string
  /**
   * PostgreSQL's SQLSTATE or Node's code where the cause has one; `usage`, `option`, `no-entry` or
   * `unknown-namespace` for what the command line finds by itself; `failed` for everything else.
   */
  readonly code: string
  /** With `unknown-namespace`: those that have entries. */
  readonly namespaces?: readonly string[]
}

/** What PostgreSQL's and the network's codes mean for the person at the terminal. */
const ADVICE: Record<string, string> = {
  "42P01": "Have the migrations run? What to do says: doctor",
  "42703": "Are the tables those of this version? See: doctor",
  "42501": "Which rights are missing says: doctor",
  "3F000": "Is the schema right?",
}

const MODULE_ERRORS = [
  "MODULE_NOT_FOUND",
  "ERR_MODULE_NOT_FOUND",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
]

/** @returns what went wrong, and what to look at where that is known */
export function explain(error: unknown): string {
  if (error instanceof AggregateError && !error.message) {
    // Several attempts to connect fail with one error that has no message of its own.
    return error.errors.map(explain).join("; ")
  }
  if (!(error instanceof Error)) {
    return String(error)
  }
  const code = codeOf(error) ?? ""
  if (
    MODULE_ERRORS.includes(code) &&
    /@medusajs.framework/.test(error.message)
  ) {
    return "@medusajs/framework is not installed, or too old: run this in the folder of a Medusa shop (2.11.1 or newer), or npm install @medusajs/framework"
  }
  const advice = ADVICE[code]
  return advice ? `${error.message}. ${advice}` : error.message
}

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

/** Some messages go on with details that help nobody here, such as Node's "Require stack". */
export function asOneLine(message: string): string {
  return message.trim().split("\n")[0]!
}
