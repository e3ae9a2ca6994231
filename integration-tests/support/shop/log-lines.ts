interface LogEntry {
  level?: string
  message?: string
}

/** Medusa logs JSON in production; what is no JSON was written past its logger, as an unhandled rejection is. */
export function isErrorLine(line: string): boolean {
  const entry = parse(line)

  return entry
    ? entry.level === "error"
    : /\berror\b|exception|unhandled/i.test(line)
}

/** A logged line as a person would want it. */
export function readableLine(line: string): string {
  const entry = parse(line)

  return entry ? `${entry.level ?? ""}: ${entry.message ?? ""}` : line
}

function parse(line: string): LogEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line)

    return typeof entry === "object" && entry !== null ? entry : undefined
  } catch {
    return undefined
  }
}
