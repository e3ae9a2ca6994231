import { messageOf } from "../log"

/** An error whose message is written for the operator. */
export class OperatorError extends Error {
  /** @param namespaces with code `unknown-namespace`: those that have entries */
  constructor(
    message: string,
    readonly code = "failed",
    readonly namespaces?: readonly string[]
  ) {
    super(message)
  }
}

/** What to do about PostgreSQL's undefined table, undefined column and insufficient privilege. */
const ADVICE: Record<string, string> = {
  "42P01": "A table is missing; the doctor command says what to do",
  "42703":
    "The tables are of another version; the doctor command says what to do",
  "42501": "The doctor command lists the rights that are missing",
}

/** @returns the error's message, with advice where there is some */
export function messageWithAdvice(error: unknown): string {
  const message = messageOf(error)
  const code = codeOf(error) ?? ""
  const isMissing = /MODULE_NOT_FOUND$|PATH_NOT_EXPORTED$/.test(code)
  if (isMissing && /@medusajs.framework/.test(message)) {
    return "@medusajs/framework is not installed, or too old: run this in the folder of a Medusa shop (2.11.1 or newer), or npm install @medusajs/framework"
  }
  return ADVICE[code] ? `${message}. ${ADVICE[code]}` : message
}

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}
