import { type Command, InvalidArgumentError } from "commander"

const DEFAULT_LIMIT = 50

/** Adds `--limit`: a number of entries. */
export function withLimit(command: Command): Command {
  return command.option(
    "--limit <number>",
    "how many entries at most",
    readLimit,
    DEFAULT_LIMIT
  )
}

function readLimit(value: string): number {
  const limit = Number(value)
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new InvalidArgumentError("Allowed: a whole number, 1 or more.")
  }
  return limit
}
