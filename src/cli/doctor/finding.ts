export type Status = "ok" | "warning" | "problem"

/** What a check has found. */
export interface Result {
  readonly status: Status
  readonly message: string
  /** What to do, for whatever is not ok. */
  readonly advice?: string
}

/** A result under the name of its check. */
export interface Finding extends Result {
  readonly check: string
}

export function ok(message: string): Result {
  return { status: "ok", message }
}

/** Works, but not as it should, or not for long. */
export function warning(message: string, advice: string): Result {
  return { status: "warning", message, advice }
}

/** The cache does not work, or loses what it must keep. */
export function problem(message: string, advice: string): Result {
  return { status: "problem", message, advice }
}
