import { inspect } from "node:util"

/** A wrong option in `medusa-config.ts`: one line that says which, what came and what is allowed. */
export class OptionError extends Error {
  override readonly name = "OptionError"

  /** @param came in words; `describe` makes them from a value */
  constructor(option: string, came: string, allowed: string) {
    super(
      `[caching-postgres] option "${option}": got ${came}, allowed: ${allowed}`
    )
  }

  /** Medusa writes an error that stops its start to the log as JSON, which leaves the message out. */
  toJSON(): string {
    return this.message
  }
}

/** A value in one short line; long and nested ones are cut. */
export function describe(value: unknown): string {
  return inspect(value, {
    depth: 0,
    breakLength: Infinity,
    maxStringLength: 80,
    maxArrayLength: 3,
  })
}
