/** An error whose message says all there is to say to the one at the terminal. */
export class CommandError extends Error {
  override readonly name = "CommandError"
}

/** What PostgreSQL's and the network's codes mean for the one at the terminal. */
const ADVICE: Record<string, string> = {
  "42P01": "Have the migrations run (npx medusa db:migrate)?",
  "42703": "Are the tables those of this version? See: doctor",
  "42501": "Which rights are missing says: doctor",
  "3F000": "Is the schema right?",
}

/** @returns what went wrong, and what to look at where that is known */
export function explain(error: unknown): string {
  if (error instanceof AggregateError && !error.message) {
    // Several attempts to connect fail with one error that has no message of its own.
    return error.errors.map(explain).join("; ")
  }
  if (!(error instanceof Error)) {
    return String(error)
  }
  const advice = ADVICE[codeOf(error) ?? ""]
  return advice ? `${error.message}. ${advice}` : error.message
}

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

/** Some messages go on with details that help nobody here, such as Node's "Require stack". */
export function asOneLine(message: string): string {
  return message.trim().split("\n")[0]!
}
