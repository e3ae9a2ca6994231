import { CommanderError } from "commander"
import { maskUrls } from "../log"
import { OptionError } from "../options"

interface Details {
  readonly code?: string
  readonly namespaces?: readonly string[]
  readonly cause?: unknown
}

/** An error whose message is written for the operator. */
export class CommandError extends Error {
  readonly code: string | undefined

  constructor(
    message: string,
    readonly details: Details = {}
  ) {
    super(message, { cause: details.cause })
    this.code = details.code ?? codeOf(details.cause)
  }
}

/** The command line asks for something that does not exist or does not fit together. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, { code: "usage" })
  }
}

/** What to do about PostgreSQL's undefined table, undefined column and insufficient privilege. */
const ADVICE: Record<string, string> = {
  "42P01": "Have the migrations run? What to do says: doctor",
  "42703": "Are the tables those of this version? See: doctor",
  "42501": "Which rights are missing says: doctor",
}

/** An error as `--json` prints it. */
interface ErrorFacts {
  readonly message: string
  /**
   * PostgreSQL's SQLSTATE or Node's code where the cause has one, else `usage`, `option`, `no-entry`,
   * `unknown-namespace` or `failed`.
   */
  readonly code: string
  /** With `unknown-namespace`: those that have entries. */
  readonly namespaces?: readonly string[]
}

export function errorFacts(error: unknown): ErrorFacts {
  if (error instanceof CommanderError) {
    const message = firstLine(error.message).replace(/^error: /, "")
    return { message, code: "usage" }
  }
  if (error instanceof OptionError) {
    return { message: error.message, code: "option" }
  }
  const { namespaces } = error instanceof CommandError ? error.details : {}
  const message = maskUrls(firstLine(explain(error)))
  const code = codeOf(error) ?? "failed"
  return { message, code, ...(namespaces && { namespaces }) }
}

/** @returns the error's message, with advice where there is some */
export function explain(error: unknown): string {
  if (error instanceof AggregateError && !error.message) {
    // Node reports failed attempts to connect to several addresses in one error without a message.
    return error.errors.map(explain).join("; ")
  }
  if (!(error instanceof Error)) {
    return String(error)
  }
  const code = codeOf(error) ?? ""
  if (
    /MODULE_NOT_FOUND$|PATH_NOT_EXPORTED$/.test(code) &&
    /@medusajs.framework/.test(error.message)
  ) {
    return "@medusajs/framework is not installed, or too old: run this in the folder of a Medusa shop (2.11.1 or newer), or npm install @medusajs/framework"
  }
  return ADVICE[code] ? `${error.message}. ${ADVICE[code]}` : error.message
}

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

/** Node's messages may have more lines, such as the "Require stack". */
export function firstLine(message: string): string {
  return message.trim().split("\n")[0]!
}
