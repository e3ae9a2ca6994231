import { CommanderError } from "commander"
import { codeOf, messageWithAdvice, OperatorError } from "../inspect/errors"
import { maskUrls } from "../log"
import { OptionError } from "../options"

/** For a command line that asks for something that does not exist or does not fit together. */
export function usageError(message: string): OperatorError {
  return new OperatorError(message, "usage")
}

/**
 * An error as `--json` prints it. Its code is PostgreSQL's SQLSTATE, Node's code, `usage`, `option`, `no-entry`,
 * `unknown-namespace` or `failed`.
 */
export function errorFacts(
  error: unknown
): Pick<OperatorError, "message" | "code" | "namespaces"> {
  if (error instanceof OptionError) {
    return { message: error.message, code: "option" }
  }
  const message = maskUrls(firstLine(messageWithAdvice(error)))
  if (error instanceof CommanderError) {
    return { message: message.replace(/^error: /, ""), code: "usage" }
  }
  const namespaces = (error as OperatorError | undefined)?.namespaces
  return { message, code: codeOf(error) ?? "failed", namespaces }
}

/** Node's messages may have more lines, such as the "Require stack". */
export function firstLine(message: string): string {
  return message.trim().split("\n")[0]!
}
