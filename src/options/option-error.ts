import { inspect } from "node:util"

/** Wrong options in `medusa-config.ts`: a line for each, that says which, what came and what is allowed. */
export class OptionError extends Error {
  override readonly name = "OptionError"
  /** The lines of the message. */
  readonly lines: readonly string[]

  /** @param problems one for each wrong option, as `refused` and `unknown` make them */
  constructor(problems: readonly string[]) {
    const lines = problems.map((text) => `[caching-postgres] ${text}`)
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

/** The name that was probably meant, if there is one: one in three of its characters may differ. */
function closest(name: string, names: readonly string[]): string | undefined {
  const distanceTo = (candidate: string) =>
    editDistance(name.toLowerCase(), candidate.toLowerCase())
  return names
    .filter(
      (candidate) => distanceTo(candidate) <= Math.ceil(candidate.length / 3)
    )
    .sort((one, other) => distanceTo(one) - distanceTo(other))[0]
}

/** Insertions, deletions and replacements that make one text of the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [row, character] of [...one].entries()) {
    const current = [row + 1]
    for (const [column, wanted] of [...other].entries()) {
      const replaced = above[column]! + (character === wanted ? 0 : 1)
      current.push(
        Math.min(above[column + 1]! + 1, current[column]! + 1, replaced)
      )
    }
    above = current
  }
  return above.at(-1)!
}
