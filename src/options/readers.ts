import { inspect } from "node:util"

export const MEGABYTE = 2 ** 20

/** Wrong options in `medusa-config.ts`: a line for each, with the option, the value given and the values allowed. */
export class OptionError extends Error {
  override readonly name = "OptionError"

  /** @param lines as `refused` makes them */
  constructor(readonly lines: readonly string[]) {
    super(lines.join("\n"))
  }
}

/** @param came in words; `describe` makes them from a value */
export function refused(option: string, came: string, allowed: string): string {
  return `[caching-postgres] option "${option}": got ${came}, allowed: ${allowed}`
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

/** Returns an option's value or its default, and adds a line to `problems` for what is wrong. */
export type Reader<T> = (value: unknown, name: string, problems: string[]) => T

/** An option left undefined (an unset environment variable, say) takes its default. */
export function option<T>(
  defaultValue: T,
  allowed: string,
  accepts: (value: unknown) => boolean,
  show: (value: unknown) => string = describe
): Reader<T> {
  return (value = defaultValue, name, problems) => {
    if (value !== defaultValue && !accepts(value)) {
      problems.push(refused(name, show(value), allowed))
    }
    return value as T
  }
}

/** Without `most` there is no limit; where that is the default, the option takes `Infinity`, too. */
export function wholeNumber(
  unit: "" | "bytes as " | "milliseconds as " | "seconds as ",
  defaultValue: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER
): Reader<number> {
  const show = (value: number) =>
    value < MEGABYTE ? value : `${value} (${value / MEGABYTE} MB)`
  const range =
    most < Number.MAX_SAFE_INTEGER
      ? ` from ${show(least)} to ${show(most)}`
      : `, ${show(least)} or more`
  const orInfinity = defaultValue === Infinity ? ", or Infinity (no limit)" : ""
  return option(
    defaultValue,
    `${unit}a whole number${range}${orInfinity}`,
    (value) =>
      Number.isInteger(value) &&
      (value as number) >= least &&
      (value as number) <= most
  )
}

export function flag(defaultValue: boolean): Reader<boolean> {
  const isBoolean = (value: unknown) => typeof value === "boolean"
  return option(defaultValue, "true or false", isBoolean)
}

export function string(
  allowed: string,
  accepts: (value: string) => boolean,
  show?: (value: unknown) => string
): Reader<string | undefined> {
  const isAccepted = (value: unknown) =>
    typeof value === "string" && accepts(value)
  return option<string | undefined>(undefined, allowed, isAccepted, show)
}

/** Any number of values that are read alike; the problems name each by its place. */
export function list<T>(
  allowed: string,
  read: Reader<T>
): Reader<T[] | undefined> {
  return (values, name, problems) => {
    if (values === undefined) {
      return undefined
    }
    if (!Array.isArray(values)) {
      problems.push(refused(name, describe(values), allowed))
      return []
    }
    return values.map((value, index) =>
      read(value, `${name}[${index}]`, problems)
    )
  }
}

type Values<Readers> = {
  [name in keyof Readers]: Readers[name] extends Reader<infer T> ? T : never
}

/** Options under one name; unknown ones are problems. */
export function group<Readers extends Record<string, Reader<unknown>>>(
  readers: Readers
): Reader<Values<Readers>> {
  const known = Object.keys(readers)
  return (value = {}, path, problems) => {
    const read: Record<string, unknown> = {}
    if (!isObject(value)) {
      problems.push(refused(path || "options", describe(value), "an object"))
    }
    const given = isObject(value) ? value : {}
    const prefix = path && `${path}.`
    // What is given comes first, so that problems are named in its order.
    for (const name of new Set([...Object.keys(given), ...known])) {
      if (known.includes(name)) {
        read[name] = readers[name]!(given[name], prefix + name, problems)
      } else {
        problems.push(unknown(prefix, name, known))
      }
    }
    return read as Values<Readers>
  }
}

/** @param names the options that exist in its place */
function unknown(prefix: string, name: string, names: string[]): string {
  const similar = closest(name, names)
  const hint = similar
    ? `did you mean "${prefix}${similar}"?`
    : `allowed: ${names.join(", ")}`
  return `[caching-postgres] option "${prefix}${name}" does not exist, ${hint}`
}

/** The name that was probably meant, if there is one: one in three of its characters may differ. */
function closest(name: string, names: readonly string[]): string | undefined {
  const distanceTo = (other: string) =>
    editDistance(name.toLowerCase(), other.toLowerCase())
  return names
    .filter((other) => distanceTo(other) <= Math.ceil(other.length / 3))
    .sort((one, other) => distanceTo(one) - distanceTo(other))[0]
}

/** Insertions, deletions and replacements that make one text of the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [row, character] of [...one].entries()) {
    const current = [row + 1]
    for (const [column, wanted] of [...other].entries()) {
      const replaced = above[column]! + (character === wanted ? 0 : 1)
      const added = Math.min(above[column + 1]!, current[column]!) + 1
      current.push(Math.min(added, replaced))
    }
    above = current
  }
  return above.at(-1)!
}

/** @param expand makes a group of another value, where that is allowed */
export function groupOrFalse<T>(
  defaultValue: unknown,
  allowed: string,
  expand: (value: unknown) => object | undefined,
  read: Reader<T>
): Reader<T | false> {
  return (value = defaultValue, name, problems) => {
    if (value === false) {
      return false
    }
    const values = isObject(value) ? value : expand(value)
    if (!values) {
      problems.push(refused(name, describe(value), allowed))
    }
    return read(values, name, problems)
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
