import { inspect } from "node:util"

/** Wrong options in `medusa-config.ts`: a line for each, that says which, what came and what is allowed. */
export class OptionError extends Error {
  override readonly name = "OptionError"
  /** The lines of the message. */
  readonly lines: readonly string[]

  /** @param complaints one for each wrong option, as `refused` and `unknown` make them */
  constructor(complaints: readonly string[]) {
    const lines = complaints.map((text) => `[caching-postgres] ${text}`)
    super(lines.join("\n"))
    this.lines = lines
  }
}

/** @param came in words; `describe` makes them from a value */
export function refused(option: string, came: string, allowed: string): string {
  return `option "${option}": got ${came}, allowed: ${allowed}`
}

/** @param names the options that exist in its place */
export function unknown(
  prefix: string,
  name: string,
  names: readonly string[]
): string {
  const similar = closest(name, names)
  const hint = similar
    ? `did you mean "${prefix}${similar}"?`
    : `allowed: ${names.join(", ")}`
  return `option "${prefix}${name}" does not exist, ${hint}`
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

/** The name that a typing error or two away from `name`, if there is one: one in three characters may differ. */
function closest(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((candidate) => ({
      candidate,
      distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(
      ({ candidate, distance }) => distance <= Math.ceil(candidate.length / 3)
    )
    .sort((one, other) => one.distance - other.distance)
  return best?.candidate
}

/** Insertions, deletions and replacements that make one text of the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const replaced = one[row - 1] === other[column - 1] ? 0 : 1
      current[column] = Math.min(
        above[column]! + 1,
        current[column - 1]! + 1,
        above[column - 1]! + replaced
      )
    }
    above = current
  }
  return above[other.length]!
}
